using ItsService.Core.Events;
using ItsService.Server.Telemetry;
using ItsService.Server.Telemetry.Traces;

namespace ItsService.Server.Machines;

/// <summary>What is measured and traced of entries into the gate.</summary>
internal sealed partial class VmHost
{
    /// <summary>What is measured of it.</summary>
    public VmTelemetry Telemetry => _content.Telemetry;

    /// <summary>What can be told of the VM without waiting for it.</summary>
    public VmReading Read()
    {
        var activity = _content.Gic.Activity;
        return new VmReading(
            Name,
            _fault is not null ? V1.VmState.Faulted : _calls.IsPaused ? V1.VmState.Paused : V1.VmState.Running,
            activity,
            _content.Gic.Counters,
            _content.Gic.Events,
            WaitingCount + InLineCount,
            Telemetry.HeldStreamCount,
            _content.Sessions.HasAttached,
            _content.Stalls.SecondsOfLongest);
    }

    // The span of a batch of commands begins when the entry does. Who asks for no spans pays for none.
    private TResult RunTraced<TOperation, TResult>(in TOperation operation)
        where TOperation : struct, IVmOperation<TResult>
    {
        if (!Spans.AreWanted)
        {
            return operation.Run(_content);
        }

        var counters = _content.Gic.Counters;
        var events = _content.Gic.Events;
        var (commandsBefore, failedBefore) = (counters.CommandCount, FailedCount(events));
        var beganAt = _time.GetUtcNow();
        var result = operation.Run(_content);
        if (counters.CommandCount is var commands && commands != commandsBefore)
        {
            Spans.NoteCommands(Name, beganAt, commands - commandsBefore, FailedCount(events) - failedBefore);
        }

        return result;
    }

    private static long FailedCount(EventBuffer events) =>
        events.CountOf(GicEventKind.CommandFailed) + events.CountOf(GicEventKind.QueueStalled);
}
