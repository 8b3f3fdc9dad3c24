using System.Diagnostics.Metrics;
using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;
using ItsService.Server.Machines;

namespace ItsService.Server.Telemetry;

/// <summary>
/// What the VMs of the service count for themselves, read when somebody asks. As a rule it is added up; with
/// MetricsPerVm each VM has measurements of its own.
/// </summary>
internal sealed class FleetInstruments
{
    private readonly VmRegistry _registry;
    private readonly bool _isPerVm;
    private readonly Meter _meter;

    public FleetInstruments(Instruments instruments, VmRegistry registry, VmSurroundings surroundings, bool isPerVm)
    {
        _registry = registry;
        _isPerVm = isPerVm;
        _meter = instruments.Meter;
        CountWhatHappened();
        CountWhatThereIs();
        _meter.CreateObservableUpDownCounter(
            "its.memory.hosted.usage", () => surroundings.Memory.UsedBytes, Instruments.Bytes,
            "Guest RAM that the service holds for VMs.");
        _meter.CreateObservableUpDownCounter(
            "its.memory.hosted.limit", () => surroundings.Limits.HostedMemoryBytesMax, Instruments.Bytes,
            "Guest RAM that the service may hold for VMs.");
        _meter.CreateObservableUpDownCounter(
            "its.vm.count", CountVms, "{vm}", "VMs by run state.");
    }

    private void CountWhatHappened()
    {
        _meter.CreateObservableCounter(
            "its.msi.messages", () => Totals(Messages), "{message}",
            "Messages by who sent them and what became of them.");
        _meter.CreateObservableCounter(
            "its.interrupt.acknowledged", () => Totals(Acknowledged), "{interrupt}",
            "Interrupts that vCPUs have acknowledged.");
        _meter.CreateObservableCounter(
            "its.lpi.lost", () => Totals(Lost), "{interrupt}",
            "Pending LPIs that were lost with a pending table.");
        _meter.CreateObservableCounter(
            "its.command.executed", () => Totals(Commands), "{command}", "Commands by opcode, and by what was wrong.");
        _meter.CreateObservableCounter(
            "its.guest.mistakes", () => Totals(Mistakes), "{mistake}", "What guests and their devices did wrong.");
    }

    private void CountWhatThereIs()
    {
        Gauge(
            "its.command.queue.depth", "{command}", "Commands that lie in the queues and have not been read.",
            vm => vm.Activity.WaitingCommandCount);
        Gauge(
            "its.command.queue.stalled", "{queue}", "Queues that are stalled on a command in error.",
            vm => vm.Activity.StalledQueueCount);
        Gauge("its.device.mapped", "{device}", "Devices that are mapped.", vm => vm.Activity.MappedDeviceCount);
        Gauge("its.lpi.mapped", "{interrupt}", "Events that are mapped to LPIs.", vm => vm.Activity.MappedEventCount);
        Gauge("its.lpi.pending", "{interrupt}", "LPIs that are pending.", vm => vm.Activity.PendingLpiCount);
        Gauge(
            "its.vm.calls.waiting", "{call}", "Calls that wait for a VM, at its gate or for Resume.",
            vm => vm.WaitingCallCount);
        Gauge(
            "its.injection.stream.held", "{stream}",
            "Streams of messages that go no further until answers to their clients are on their way.",
            vm => vm.HeldStreamCount);
        Gauge("its.session.count", "{session}", "VMMs that are attached.", vm => vm.HasSession ? 1 : 0);
        _meter.CreateObservableGauge(
            "its.command.queue.stall.duration", LongestStalls, Instruments.Seconds,
            "How long the queue has been stalled that was so for longest; 0 where none is.");
    }

    private void Gauge(string name, string unit, string description, Func<VmReading, long> read) =>
        _meter.CreateObservableUpDownCounter(
            name,
            () => _isPerVm
                ? _registry.Readings().Select(vm => new Measurement<long>(read(vm), NameOf(vm.Name)))
                : [new Measurement<long>(_registry.Readings().Sum(read))],
            unit,
            description);

    private IEnumerable<Measurement<double>> LongestStalls() => _isPerVm
        ? _registry.Readings().Select(vm => new Measurement<double>(vm.SecondsStalled, NameOf(vm.Name)))
        : [new Measurement<double>(_registry.Readings().Select(vm => vm.SecondsStalled).DefaultIfEmpty().Max())];

    private IEnumerable<Measurement<long>> CountVms()
    {
        var counts = _registry.Readings().CountBy(vm => vm.State).ToDictionary();
        return new[] { V1.VmState.Running, V1.VmState.Paused, V1.VmState.Faulted }.Select(
            state => new Measurement<long>(
                counts.GetValueOrDefault(state), Tags.Of(Tags.VmState, Tags.Name(state))));
    }

    private IEnumerable<Measurement<long>> Totals(
        Func<FleetTotals, KeyValuePair<string, object?>[], IEnumerable<Measurement<long>>> measure)
    {
        if (!_isPerVm)
        {
            return measure(_registry.Totals(), []);
        }

        return _registry.Readings().SelectMany(vm =>
        {
            var totals = new FleetTotals();
            totals.Add(vm.Counters, vm.Mistakes);
            return measure(totals, [NameOf(vm.Name)]);
        });
    }

    private static IEnumerable<Measurement<long>> Messages(FleetTotals totals, KeyValuePair<string, object?>[] vm) =>
        from outcome in Enum.GetValues<MsiOutcome>()
        from sent in new[]
        {
            (By: "device", Count: totals.Messages(outcome)),
            (By: "int_command", Count: totals.IntCommands(outcome)),
            (By: "setlpir", Count: totals.DirectLpis(outcome)),
        }
        where sent.Count > 0 || sent.By == "device"
        select new Measurement<long>(
            sent.Count,
            [
                Tags.Of(Tags.Origin, sent.By),
                Tags.Of(Tags.Outcome, Tags.NameOf(outcome)),
                .. vm,
            ]);

    private static IEnumerable<Measurement<long>> Acknowledged(
        FleetTotals totals, KeyValuePair<string, object?>[] vm) =>
    [
        new(totals.AcknowledgedLpis, [Tags.Of(Tags.InterruptKind, "lpi"), .. vm]),
        new(totals.AcknowledgedOthers, [Tags.Of(Tags.InterruptKind, "other"), .. vm]),
    ];

    private static IEnumerable<Measurement<long>> Lost(FleetTotals totals, KeyValuePair<string, object?>[] vm) =>
        [new(totals.LostLpis, vm)];

    private static IEnumerable<Measurement<long>> Commands(FleetTotals totals, KeyValuePair<string, object?>[] vm) =>
        totals.Commands.Select(command => new Measurement<long>(
            command.Value,
            command.Key.Error == CommandError.None
                ? [OpcodeOf(command.Key.Opcode), .. vm]
                : [
                    OpcodeOf(command.Key.Opcode),
                    Tags.Of(Tags.Error, Tags.NameOf(command.Key.Error)),
                    .. vm,
                ]));

    private static KeyValuePair<string, object?> OpcodeOf(CommandOpcode opcode) => Tags.Of(
        Tags.Opcode, opcode == CommandOpcode.None ? "unknown" : opcode.ToString().ToUpperInvariant());

    private static IEnumerable<Measurement<long>> Mistakes(FleetTotals totals, KeyValuePair<string, object?>[] vm) =>
        Enum.GetValues<GicEventKind>().Select(kind => new Measurement<long>(
            totals.Mistakes(kind), [Tags.Of(Tags.Mistake, Tags.Name(kind)), .. vm]));

    private static KeyValuePair<string, object?> NameOf(string vm) => Tags.Of(Tags.Vm, vm);
}
