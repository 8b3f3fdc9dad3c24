using ItsService.Core.Diagnostics;
using ItsService.Core.Events;

namespace ItsService.Server.Telemetry;

/// <summary>What can be read of a VM at any time, without waiting for it.</summary>
/// <param name="Name">"vms/{vm}".</param>
/// <param name="State">Whether it runs.</param>
/// <param name="Activity">What its controller holds.</param>
/// <param name="Counters">What has happened in it.</param>
/// <param name="Mistakes">What its guest did wrong; of it only counts may be read.</param>
/// <param name="WaitingCallCount">The calls that wait for it: at its gate, or for Resume.</param>
/// <param name="HeldStreamCount">The streams of messages that go no further, since their clients do not read.</param>
/// <param name="HasSession">Whether a VMM is attached.</param>
/// <param name="SecondsStalled">How long a command queue has been stalled; 0 where none is.</param>
internal readonly record struct VmReading(
    string Name,
    V1.VmState State,
    GicActivity Activity,
    GicCounters Counters,
    EventBuffer Mistakes,
    int WaitingCallCount,
    int HeldStreamCount,
    bool HasSession,
    double SecondsStalled);
