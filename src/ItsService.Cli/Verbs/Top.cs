using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using Spectre.Console;

namespace ItsService.Cli.Verbs;

/// <summary>`top`: what VMs do, as they do it.</summary>
internal sealed class Top : Verb
{
    private readonly Argument<string?> _vm = VmArgument.OrAll();

    private readonly Option<double> _interval = new("--interval", "-i")
    {
        Description = "From one look to the next, 0.1..60",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<uint?> _count = Values.Count("--count", "Stop after so many looks [default: never]");

    private readonly Option<uint?> _vms = Values.Count(
        "--vms", "The most VMs to show, 1..1000; those that do most [default: 20]");

    public Top()
        : base("top", "Watch what VMs do: rates, latencies, queues, and the last mistake of each")
    {
        Arguments.Add(_vm);
        Options.Add(_interval);
        Options.Add(_count);
        Options.Add(_vms);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl top",
        "itsctl top guest-7 --interval 0.5",
        "itsctl top --count 2 --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var seconds = session.Arguments.GetValue(_interval);
        if (seconds is not (>= 0.1 and <= 60))
        {
            throw new UsageException($"--interval accepts 0.1..60 seconds, not {seconds}");
        }

        var vm = session.Arguments.GetValue(_vm) is { } name ? session.Client.Vm(name).Name : (VmName?)null;
        var vmsMax = (int)Math.Min(session.Arguments.GetValue(_vms) ?? 20, int.MaxValue);
        var looks = session.Client.WatchActivityAsync(TimeSpan.FromSeconds(seconds), vm, vmsMax, cancellationToken);
        var limited = Take(looks, session.Arguments.GetValue(_count));
        try
        {
            if (session.PrintsJson)
            {
                await foreach (var look in limited)
                {
                    session.Output.WriteLine(JsonText.OneLine(look));
                }
            }
            else
            {
                await ShowAsync(session.Terminal, Terminals.IsTerminal(session.Output), limited);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever has seen enough stops it so.
        }

        return ExitCode.Success;
    }

    /// <summary>Shows looks: on a terminal each in the place of the one before, and below it elsewhere.</summary>
    internal static async Task ShowAsync(
        IAnsiConsole terminal, bool isLive, IAsyncEnumerable<WatchActivityResponse> looks)
    {
        var view = new ActivityView();
        if (!isLive)
        {
            await foreach (var look in looks)
            {
                terminal.Write(view.Show(look));
            }

            return;
        }

        await terminal.Live(new Text("waiting for the service")).AutoClear(false).StartAsync(async live =>
        {
            await foreach (var look in looks)
            {
                live.UpdateTarget(view.Show(look));
            }
        });
    }

    private static async IAsyncEnumerable<WatchActivityResponse> Take(
        IAsyncEnumerable<WatchActivityResponse> looks, uint? countMax)
    {
        var left = countMax ?? uint.MaxValue;
        if (left == 0)
        {
            yield break;
        }

        await foreach (var look in looks)
        {
            yield return look;
            if (countMax is not null && --left == 0)
            {
                yield break;
            }
        }
    }
}
