using Grpc.Core;
using ItsService.Server.Msis.Injection;
using ItsService.Server.Sessions;
using ItsService.Server.Tracing;
using ItsService.Server.Watching;

namespace ItsService.Server.Machines;

/// <summary>Streams: sessions of VMMs, and how long they wait for their VMM; senders of messages; watchers.</summary>
internal sealed partial class VmHost
{
    /// <summary>Deletes the VM from where it is found. Set before anybody can find it.</summary>
    public Func<Task> DeleteOrphan { get; set; } = () => Task.CompletedTask;

    /// <summary>Attaches a stream. Its session is its own when this has ended.</summary>
    public async Task<V1.Attached> AttachAsync(V1.AttachRequest request, SessionStream stream, CancellationToken call)
    {
        using var entry = await _gate.EnterAsync(call);
        RefuseUnlessUsable();
        return _content.Sessions.Attach(
            request, stream, _calls.IsPaused ? V1.VmState.Paused : V1.VmState.Running, Uid);
    }

    /// <summary>A stream has ended: from now on its session waits for another.</summary>
    public async Task LeaveAsync(SessionStream stream)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        if (_content.Sessions.Leave(stream) is not ({ } session, { Duration: { } duration } lease))
        {
            return;
        }

        var lostCount = session.LostCount;
        session.LeaseTimer = _time.CreateTimer(
            _ => _ = EndLeaseAsync(session, lostCount, lease.Policy), null, duration, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends the session of a stream, as its VMM wants it.</summary>
    public async Task DetachAsync(SessionStream stream)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        if (_content.Sessions.Current?.Stream == stream)
        {
            _content.Sessions.End(reason: null);
        }
    }

    /// <summary>A stream of messages has ended.</summary>
    public async Task LeaveAsync(MsiSender sender, InjectionStream stream)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        _content.Senders.Leave(sender, stream);
    }

    /// <summary>Somebody watches no more.</summary>
    public async Task LeaveAsync(VcpuWatch watch)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        _content.Watches.Remove(watch);
    }

    /// <summary>Somebody traces the VM no more.</summary>
    public async Task LeaveAsync(TraceWatch watch)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        _content.Traces.Remove(watch);
    }

    // What is done to the VM itself, where no operation's entry ends behind it.
    private void TellInTrace(VmMoment moment)
    {
        if (_content.Traces.AreAny)
        {
            _content.Traces.Note(moment);
            _content.Traces.Tell(_time);
        }
    }

    private void EndStreams(RpcException reason)
    {
        _content.Sessions.End(reason);
        _content.Senders.End(reason);
        _content.Watches.End(reason);
        _content.Traces.End(reason);
    }

    private async Task EndLeaseAsync(VmSession session, int lostCount, V1.OrphanPolicy policy)
    {
        using (await _gate.EnterAsync(CancellationToken.None))
        {
            // The VMM may have come back while this waited, and even have gone again.
            if (_content.Sessions.Current != session || session.Stream is not null || session.LostCount != lostCount)
            {
                return;
            }

            _content.Sessions.End(reason: null);
            MachinesLog.VmOrphaned(_logger, Name, policy);
            if (policy == V1.OrphanPolicy.Pause)
            {
                _content.Hold = null;
                PauseInGate();
            }
        }

        if (policy == V1.OrphanPolicy.Delete)
        {
            await DeleteOrphan();
        }
    }
}
