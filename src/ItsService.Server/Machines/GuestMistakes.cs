using ItsService.Core.Events;

namespace ItsService.Server.Machines;

/// <summary>
/// Logs what the guest of one VM does wrong. A guest can do wrong as fast as it likes, so lines are rationed, and the
/// next one tells how many were left out.
/// </summary>
internal sealed class GuestMistakes(string vm, ILogger logger, TimeProvider time)
{
    private readonly LineRation _lines = new(time);
    private long _leftOut;
    private long _reportedThrough;

    /// <summary>Takes what happened since the last call. A row of equal mistakes has one line.</summary>
    public void Report(EventBuffer events)
    {
        var notKept = events.TotalCount - _reportedThrough;
        foreach (ref readonly var kept in events.After(_reportedThrough))
        {
            var count = kept.CountAfter(_reportedThrough);
            notKept -= count;
            if (logger.IsEnabled(LevelOf(kept.Event.Kind)))
            {
                Log(kept.Event, count);
            }
        }

        _leftOut += notKept;
        _reportedThrough = events.TotalCount;
    }

    // Devices that are being set up lose messages in ordinary operation.
    private static LogLevel LevelOf(GicEventKind kind) => kind switch
    {
        GicEventKind.MsiDropped or GicEventKind.DirectLpiDropped or GicEventKind.DoorbellWriteIgnored => LogLevel.Debug,
        _ => LogLevel.Warning,
    };

    private void Log(in GicEvent mistake, long count)
    {
        if (!_lines.TryTake())
        {
            _leftOut += count;
            return;
        }

        if (_leftOut > 0)
        {
            MachinesLog.MistakesLeftOut(logger, vm, _leftOut);
        }

        _leftOut = count - 1;
        switch (mistake.Kind)
        {
            case GicEventKind.CommandFailed:
                MachinesLog.CommandFailed(
                    logger, vm, mistake.Its, mistake.Opcode, mistake.QueueOffset, mistake.Error);
                break;
            case GicEventKind.QueueStalled:
                MachinesLog.QueueStalled(logger, vm, mistake.Its, mistake.QueueOffset);
                break;
            case GicEventKind.MsiDropped:
                MachinesLog.MsiDropped(
                    logger, vm, mistake.Its, mistake.Device.Value, mistake.Event.Value, mistake.Outcome);
                break;
            case GicEventKind.DirectLpiDropped:
                MachinesLog.DirectLpiDropped(logger, vm, mistake.Vcpu.Value, mistake.Lpi.Value, mistake.Outcome);
                break;
            case GicEventKind.DoorbellWriteIgnored:
                MachinesLog.DoorbellWriteIgnored(logger, vm, mistake.Its, mistake.Offset, mistake.SizeBytes);
                break;
            case GicEventKind.PendingTableUnwritable or GicEventKind.PendingTableTooFull:
                MachinesLog.PendingLpisLost(
                    logger, vm, mistake.Vcpu.Value, mistake.Kind, mistake.LpiCount);
                break;
            default:
                MachinesLog.RedistributorMemoryFailed(
                    logger, vm, mistake.Vcpu.Value, mistake.Kind, mistake.Lpi.Value);
                break;
        }
    }
}
