using ItsService.Server.Errors;
using ItsService.Server.State;

namespace ItsService.Server.Machines;

/// <summary>
/// Saving. As a rule it is one entry into the gate. Only where the queues are to end first there are several: guests
/// and devices wait as for a Paused VM then, while the controller runs its commands; others come in between.
/// </summary>
internal sealed partial class VmHost
{
    // The same one as long as nobody else has paused or resumed the VM.
    private SaveHold? _hold;

    /// <summary>Saves as ordered.</summary>
    public Task<SavedMoment> SaveAsync(SaveOrder order, CancellationToken call) =>
        order.DrainTime is { } drainTime ? DrainAndSaveAsync(order, drainTime, call) : SaveAtOnceAsync(order, call);

    private async Task<SavedMoment> SaveAtOnceAsync(SaveOrder order, CancellationToken call)
    {
        using var entry = await _gate.EnterAsync(call);
        RefuseUnlessUsable();
        var saved = Run<SaveOperation, SavedMoment>(new SaveOperation(order));
        if (order.StaysPaused)
        {
            _hold = null;
            PauseInGate();
        }

        return saved;
    }

    private async Task<SavedMoment> DrainAndSaveAsync(SaveOrder order, TimeSpan drainTime, CancellationToken call)
    {
        var startedAt = _time.GetTimestamp();
        var hold = await BeginDrainAsync(call);
        SavedMoment? saved = null;
        try
        {
            while ((saved = await DrainSliceAsync(hold, order, call)) is null)
            {
                if (_time.GetElapsedTime(startedAt) >= drainTime)
                {
                    throw Refusal.Of(Name, new Problem(
                        V1.ErrorReason.DrainDeadline,
                        "drain_deadline_ms",
                        $"the queues of '{Name}' have not ended in {drainTime.TotalMilliseconds} ms"));
                }

                await Task.Yield();
            }

            return saved;
        }
        finally
        {
            await EndHoldAsync(hold, staysPaused: saved is not null && order.StaysPaused);
        }
    }

    private async Task<SaveHold> BeginDrainAsync(CancellationToken call)
    {
        using var entry = await _gate.EnterAsync(call);
        RefuseUnlessUsable();
        if (_hold is not null)
        {
            throw Refusal.Of(Name, WrongState($"another save lets '{Name}' end its queues"));
        }

        var hold = new SaveHold(WasPaused: _calls.IsPaused);
        Run<BeginDrainOperation, Done>(new BeginDrainOperation(Name));
        _calls.Pause();
        return _hold = hold;
    }

    private async Task<SavedMoment?> DrainSliceAsync(SaveHold hold, SaveOrder order, CancellationToken call)
    {
        if (_stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }

        using var entry = await _gate.EnterAsync(call);
        RefuseUnlessUsable();
        if (_hold != hold)
        {
            throw Refusal.Of(
                Name, WrongState($"another call has paused or resumed '{Name}' before its queues had ended"));
        }

        return Run<DrainOperation, SavedMoment?>(new DrainOperation(order));
    }

    /// <summary>Whoever has paused or resumed the VM meanwhile has the last word.</summary>
    private async Task EndHoldAsync(SaveHold hold, bool staysPaused)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        if (_hold != hold)
        {
            return;
        }

        _hold = null;
        if (_isDeleted || _fault is not null)
        {
            return;
        }

        if (hold.WasPaused || staysPaused)
        {
            PauseInGate();
        }
        else
        {
            _calls.Release();
        }

        EndEntry();
    }

    private static Problem WrongState(string text) => new(V1.ErrorReason.WrongState, "", text)
    {
        Errno = Errno.Running,
    };
}
