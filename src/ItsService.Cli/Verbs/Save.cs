using System.CommandLine;
using System.Globalization;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`save`: a VM's interrupt controller into a file.</summary>
internal sealed class Save : Verb
{
    private const uint DrainMsMax = 600_000;
    private static readonly TimeSpan LookTimeMax = TimeSpan.FromSeconds(3);

    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly Argument<string> _file = new("FILE") { Description = "Where the state goes" };

    private readonly Option<string?> _inFlight = InFlightPolicies.Option();

    private readonly Option<uint?> _drainMs = Values.Count(
        "--drain-ms",
        $"With --in-flight drain: how long the queues may take, in milliseconds, 1..{DrainMsMax} [default: 5000]");

    private readonly Option<bool> _stayPaused = new("--stay-paused") { Description = "Leave the VM Paused" };

    private readonly Option<bool> _omitTables = new("--omit-tables")
    {
        Description = "Do not write the tables in guest memory",
    };

    public Save()
        : base("save", "Save a VM's interrupt controller to a file; a VM that runs goes on")
    {
        Arguments.Add(_vm);
        Arguments.Add(_file);
        Options.Add(_inFlight);
        Options.Add(_drainMs);
        Options.Add(_stayPaused);
        Options.Add(_omitTables);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl save guest-7 guest-7.state",
        "itsctl save guest-7 guest-7.state --in-flight drain --drain-ms 500",
        "itsctl save guest-7 guest-7.state --stay-paused --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = session.Arguments.GetRequiredValue(_file);
        var options = OptionsOf(session.Arguments);

        // Whether it can be written is found before the VM is stopped for it.
        using var file = StateFile.Begin(path);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var saved = await SaveAsync(session, vm, options, file, cancellationToken);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(saved.Summary));
        }
        else
        {
            session.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{vm.Name.Value} saved to {path}, {saved.State.Length} bytes: {SummaryText.Of(saved.Summary)}"));
        }

        return ExitCode.Success;
    }

    private static async Task<SavedVm> SaveAsync(
        Session session, VmHandle vm, SaveOptions options, StateFile file, CancellationToken cancellationToken)
    {
        try
        {
            var saved = await vm.SaveAsync(options, cancellationToken);
            file.Finish(saved.State.Span);
            return saved;
        }
        catch (Exception) when (options.StayPaused)
        {
            await TellIfPausedAsync(session, vm);
            throw;
        }
    }

    /// <summary>A save that has stopped its VM may fail after that, and the VM stays stopped.</summary>
    private static async Task TellIfPausedAsync(Session session, VmHandle vm)
    {
        using var late = new CancellationTokenSource(LookTimeMax);
        try
        {
            if ((await vm.DescribeAsync(late.Token)).State == VmState.Paused)
            {
                session.Error.WriteLine($"itsctl: {vm.Name.Value} is Paused");
            }
        }
        catch (Exception failure) when (failure is ItsServiceException { IsUnreachable: true }
            or OperationCanceledException)
        {
            session.Error.WriteLine($"itsctl: {vm.Name.Value} may be Paused");
        }
        catch (ItsServiceException)
        {
            // There is no such VM.
        }
    }

    private SaveOptions OptionsOf(ParseResult arguments)
    {
        var inFlight = InFlightPolicies.Of(arguments.GetValue(_inFlight));
        var drainMs = arguments.GetValue(_drainMs);
        if (drainMs is not null && inFlight != InFlightPolicy.Drain)
        {
            throw new UsageException("--drain-ms is for --in-flight drain");
        }

        if (drainMs is 0 or > DrainMsMax)
        {
            throw new UsageException($"--drain-ms {drainMs} is out of range: it takes 1..{DrainMsMax}");
        }

        return new SaveOptions
        {
            InFlight = inFlight,
            DrainDeadline = drainMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            StayPaused = arguments.GetValue(_stayPaused),
            OmitTables = arguments.GetValue(_omitTables),
        };
    }
}
