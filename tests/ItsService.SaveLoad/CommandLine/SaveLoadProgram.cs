using System.Diagnostics;
using ItsService.SaveLoad.Running;

namespace ItsService.SaveLoad.CommandLine;

/// <summary>What <c>eng/save-load.sh</c> runs: one run after the other, and a table of what they came to.</summary>
internal sealed class SaveLoadProgram(SaveLoadOptions options, TextWriter output, TextWriter progress)
{
    private const int AllCloses = 0;
    private const int SomethingDoesNotClose = 1;
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _sinceProgress = Stopwatch.StartNew();

    /// <summary>0 where every account closes, 1 where one does not.</summary>
    public async Task<int> RunAsync()
    {
        List<RunFigures> runs = [];
        foreach (var plan in options.Runs)
        {
            var figures = await LoadRun.ExecuteAsync(plan, ShowNowAndThen);
            Show(figures);
            runs.Add(figures);
        }

        output.Write(FigureTable.Print(runs));
        foreach (var run in runs.Where(run => run.Mismatch is not null))
        {
            output.WriteLine($"{run.Plan}: does not close after {run.SaveCount} saves: {run.Mismatch}");
        }

        if (options.JsonFile is { } file)
        {
            await File.WriteAllTextAsync(file, FigureJson.Print(runs));
        }

        return runs.Exists(run => run.Mismatch is not null) ? SomethingDoesNotClose : AllCloses;
    }

    private void ShowNowAndThen(RunFigures figures)
    {
        if (_sinceProgress.Elapsed >= ProgressPeriod)
        {
            Show(figures);
        }
    }

    private void Show(RunFigures figures)
    {
        _sinceProgress.Restart();
        progress.WriteLine(
            $"{figures.Plan}: {figures.Elapsed.TotalSeconds:F0} s, {figures.SaveCount} saves, "
            + $"{figures.RefusedCount} refused, {figures.CarryingSaveCount} with commands in flight, "
            + $"{figures.SentCount} messages, {figures.CommandCount} commands, "
            + $"{(figures.Mismatch is null ? 0 : 1)} mismatches");
    }
}
