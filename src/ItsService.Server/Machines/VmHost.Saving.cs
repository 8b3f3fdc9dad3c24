using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Memory.Remote;
using ItsService.Server.State;

namespace ItsService.Server.Machines;

/// <summary>
/// Saving. As a rule it is one entry into the gate. Only where the queues are to end first there are several: guests
/// and devices wait as for a Paused VM then, while the controller runs its commands; others come in between.
/// </summary>
internal sealed partial class VmHost
{
    // Whom a drain keeps out would be let in but for it.
    private bool Runs => _content.Hold is { } hold ? !hold.WasPaused : !_calls.IsPaused;

    /// <summary>Saves as ordered.</summary>
    /// <param name="order">How.</param>
    /// <param name="call">Ends it, as long as the state is not taken.</param>
    /// <param name="terms">What it is held to; null for nothing.</param>
    public async Task<SavedMoment> SaveAsync(SaveOrder order, CancellationToken call, SaveTerms? terms = null)
    {
        var saved = await (order.DrainTime is { } drainTime
            ? DrainAndSaveAsync(order, drainTime, terms, call)
            : SaveAtOnceAsync(order, terms, call));
        try
        {
            await UntilAllWrittenAsync(call);
            return saved;
        }
        catch
        {
            saved.Dispose();
            throw;
        }
    }

    private async Task<SavedMoment> SaveAtOnceAsync(SaveOrder order, SaveTerms? terms, CancellationToken call)
    {
        terms?.TakeTurn();
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            EntryEnd<SavedMoment> end;
            using (await _gate.EnterAsync(call))
            {
                RefuseIfEnded(call);
                RefuseUnlessUsable();
                end = Enter<SaveOperation, SavedMoment>(new SaveOperation(order), fetching.Memory);
                if (end.Missing is null)
                {
                    TakeSaved(end.Result, order, terms);
                    return end.Result;
                }
            }

            await FetchAsync(fetching, end.Missing, call);
        }
    }

    private void TakeSaved(SavedMoment saved, SaveOrder order, SaveTerms? terms)
    {
        saved.WasRunning = Runs;
        if (order.StaysPaused)
        {
            RefuseUnlessWithin(terms, saved);
            _content.Hold = null;
            PauseInGate();
        }
    }

    private async Task<SavedMoment> DrainAndSaveAsync(
        SaveOrder order, TimeSpan drainTime, SaveTerms? terms, CancellationToken call)
    {
        var startedAt = _time.GetTimestamp();
        var hold = await BeginDrainAsync(call);
        SavedMoment? saved = null;
        using var fetching = new Fetching(_fetchTurns);
        try
        {
            while (true)
            {
                var end = await DrainSliceAsync(hold, order, terms, fetching.Memory, call);
                saved = end.Result;
                if (saved is not null)
                {
                    return saved;
                }

                if (end.Missing is { } missing)
                {
                    await FetchAsync(fetching, missing, call);
                }
                else
                {
                    fetching.Forget();
                }

                if (_time.GetElapsedTime(startedAt) >= drainTime)
                {
                    throw Refusal.Of(Name, new Problem(
                        V1.ErrorReason.DrainDeadline,
                        "drain_deadline_ms",
                        $"the queues of '{Name}' have not ended in {drainTime.TotalMilliseconds} ms")
                    {
                        Accepted = SaveOrderReader.DrainDeadlinesAccepted,
                    });
                }

                await Task.Yield();
            }
        }
        finally
        {
            await EndHoldAsync(hold, saved, staysPaused: saved is not null && order.StaysPaused);
        }
    }

    // Before the VM is left Paused: who is refused has nothing for which it should be. It is Paused as soon as this has
    // ended, so that nobody waits longer for the size to be found inside the gate.
    private void RefuseUnlessWithin(SaveTerms? terms, SavedMoment saved)
    {
        if (terms is null)
        {
            return;
        }

        try
        {
            terms.RefuseUnlessWithin(StateBlob.LengthOf(saved.State, Shape));
        }
        catch
        {
            saved.Dispose();
            throw;
        }
    }

    private async Task<SaveHold> BeginDrainAsync(CancellationToken call)
    {
        using var fetching = new Fetching(_fetchTurns);
        while (true)
        {
            EntryEnd<Done> end;
            using (await _gate.EnterAsync(call))
            {
                RefuseUnlessUsable();
                if (_content.Hold is not null)
                {
                    throw Refusal.Of(Name, WrongState($"another save is draining the command queues of '{Name}'"));
                }

                var hold = new SaveHold(WasPaused: _calls.IsPaused);
                end = Enter<BeginDrainOperation, Done>(new BeginDrainOperation(Name), fetching.Memory);
                if (end.Missing is null)
                {
                    _calls.Pause();
                    return _content.Hold = hold;
                }
            }

            await FetchAsync(fetching, end.Missing, call);
        }
    }

    private async Task<EntryEnd<SavedMoment?>> DrainSliceAsync(
        SaveHold hold, SaveOrder order, SaveTerms? terms, FetchedMemory? fetched, CancellationToken call)
    {
        if (_stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }

        using var entry = await _gate.EnterAsync(call);
        RefuseIfEnded(call);
        RefuseUnlessUsable();
        if (_content.Hold != hold)
        {
            throw Refusal.Of(
                Name, WrongState($"another call has paused or resumed '{Name}' before its queues had ended"));
        }

        var end = Enter<DrainOperation, SavedMoment?>(new DrainOperation(order, terms), fetched);
        if (end.Result is { } saved)
        {
            saved.WasRunning = Runs;
            if (order.StaysPaused)
            {
                RefuseUnlessWithin(terms, saved);
            }
        }

        return end;
    }

    // A gate that is free asks nobody whether the call has ended. Its caller may have resumed the VM since.
    private static void RefuseIfEnded(CancellationToken call)
    {
        if (call.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the call ended before the state was taken"));
        }
    }

    /// <summary>Whoever has paused or resumed the VM meanwhile has the last word.</summary>
    private async Task EndHoldAsync(SaveHold hold, SavedMoment? saved, bool staysPaused)
    {
        using var entry = await _gate.EnterAsync(CancellationToken.None);
        if (_content.Hold != hold)
        {
            return;
        }

        _content.Hold = null;
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

        EndEntry(saved);
    }

    private static Problem WrongState(string text) => new(V1.ErrorReason.WrongState, "", text)
    {
        Errno = Errno.Busy,
    };
}
