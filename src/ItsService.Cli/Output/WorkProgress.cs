using Spectre.Console;

namespace ItsService.Cli.Output;

/// <summary>A bar on standard error while something long runs, if somebody is there to see it.</summary>
internal static class WorkProgress
{
    /// <param name="error">Where the bar is drawn when that is a terminal.</param>
    /// <param name="title">Beside the bar.</param>
    /// <param name="count">How much is to be done.</param>
    /// <param name="work">Is given what to tell how much is done.</param>
    public static Task ShowAsync(TextWriter error, string title, int count, Func<Action<int>, Task> work)
    {
        if (!Terminals.IsTerminal(error))
        {
            return work(_ => { });
        }

        return Terminals.For(error).Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: count);
                return work(done => task.Value = done);
            });
    }
}
