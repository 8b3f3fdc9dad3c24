using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`trace`: what happens in a VM, as it happens.</summary>
internal sealed class TraceVerb : Verb
{
    private readonly Option<string?> _vm = VmArgument.Option();
    private readonly Option<TraceEventKind[]> _kinds = TraceKinds.Option();
    private readonly Option<uint[]> _its = Lists.Numbers("--its", "N,...", "Only events of these ITSs");
    private readonly Option<uint[]> _devices = Lists.Numbers("--device", "ID,...", "Only events of these devices");
    private readonly Option<uint[]> _events = Lists.Numbers("--event", "ID,...", "Only these events of devices");
    private readonly Option<uint[]> _intIds = Lists.Numbers("--int-id", "ID,...", "Only events of these interrupts");
    private readonly Option<uint[]> _vcpus = Lists.Numbers("--vcpu", "N,...", "Only events of these vCPUs");

    private readonly Option<int?> _count = Values.HowMany("--count", "End after so many events", minimum: 1);

    private readonly Option<ulong?> _for = new("--for")
    {
        Description = "End after so many seconds; 500ms, 90s or 5m will do as well",
        HelpName = "SECONDS",
        CustomParser = ParseTime,
    };

    public TraceVerb()
        : base(
            "trace",
            "Print what happens in a VM as it happens: messages, commands, interrupts taken and ended, lines. An event "
            + "is printed when all that is asked for applies to it and matches")
    {
        Options.Add(_vm);
        Options.Add(_kinds);
        Options.Add(_its);
        Options.Add(_devices);
        Options.Add(_events);
        Options.Add(_intIds);
        Options.Add(_vcpus);
        Options.Add(_count);
        Options.Add(_for);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl trace",
        "itsctl trace --vm guest-7 --kind msi,acknowledge,end --vcpu 0",
        "itsctl trace --vm guest-7 --device 0x10 --event 3 --for 10",
        "itsctl trace --vm guest-7 --kind command --count 20 --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var vm = await session.VmOrOnlyOneAsync(arguments.GetValue(_vm), cancellationToken);
        var report = new TraceReport(
            session.Output, session.PrintsJson, vm.Name.Value, arguments.GetValue(_count) ?? int.MaxValue);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await foreach (var news in vm.TraceAsync(FiltersOf(arguments), end.Token))
            {
                if (!report.HasBegun && arguments.GetValue(_for) is { } milliseconds)
                {
                    end.CancelAfter(TimeSpan.FromMilliseconds(milliseconds));
                }

                report.Write(news);
                if (report.IsFull)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // As it was asked to: after its time, or by the keyboard.
            report.Begin();
        }
        finally
        {
            report.WriteTotals();
        }

        return ExitCode.Success;
    }

    private TraceFilters FiltersOf(ParseResult arguments) => new()
    {
        Kinds = arguments.GetRequiredValue(_kinds),
        Its = [.. arguments.GetRequiredValue(_its).Select(its => new ItsIndex(its))],
        Devices = [.. arguments.GetRequiredValue(_devices).Select(device => new DeviceId(device))],
        Events = [.. arguments.GetRequiredValue(_events).Select(eventId => new EventId(eventId))],
        IntIds = [.. arguments.GetRequiredValue(_intIds).Select(intId => new IntId(intId))],
        Vcpus = [.. arguments.GetRequiredValue(_vcpus).Select(vcpu => new VcpuIndex(vcpu))],
    };

    private static ulong? ParseTime(System.CommandLine.Parsing.ArgumentResult result)
    {
        const ulong DayMilliseconds = 24 * 3_600_000;
        var text = result.Tokens[^1].Value;
        var isTime = DurationText.TryParse(text, out var milliseconds);
        if (!isTime && Number.TryParse(text, out var seconds) && seconds <= DayMilliseconds)
        {
            (isTime, milliseconds) = (true, seconds * 1000);
        }

        if (isTime && milliseconds is > 0 and <= DayMilliseconds)
        {
            return milliseconds;
        }

        result.AddError($"'{text}' is no time of at most a day: write 10 for ten seconds, or 500ms, 90s, 5m");
        return null;
    }
}
