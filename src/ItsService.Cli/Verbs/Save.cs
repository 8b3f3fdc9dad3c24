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
    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly Argument<string> _file = new("FILE") { Description = "Where the state goes" };

    private readonly Option<string?> _inFlight = InFlightPolicies.Option();

    private readonly Option<uint?> _drainMs = Values.Count(
        "--drain-ms", "With --in-flight drain: how long the queues may take, in milliseconds [default: 5000]");

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
        var drainMs = session.Arguments.GetValue(_drainMs);
        var options = new SaveOptions
        {
            InFlight = InFlightPolicies.Of(session.Arguments.GetValue(_inFlight)),
            DrainDeadline = drainMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            StayPaused = session.Arguments.GetValue(_stayPaused),
            OmitTables = session.Arguments.GetValue(_omitTables),
        };
        if (drainMs is not null && options.InFlight != InFlightPolicy.Drain)
        {
            throw new UsageException("--drain-ms is for --in-flight drain");
        }

        // Whether it can be written is found before the VM is stopped for it.
        using var file = StateFile.Begin(path);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var saved = await vm.SaveAsync(options, cancellationToken);
        file.Finish(saved.State.Span);
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
}
