using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Sessions;

/// <summary>
/// Executes the requests of one stream in order: on the thread that has read them, as long as none has to wait. One
/// that waits, for its turn at the VM or for Resume, lets those after it wait behind it, and the stream is read on.
/// </summary>
internal sealed class SessionExecutor(SessionStream stream, VmHost vm, ItsServerLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Queue<(V1.VmmRequest Request, long ArrivedAt)> _waiting = [];
    private VmSession? _session;
    private Task _running = Task.CompletedTask;
    private ulong _takenBefore;
    private ulong _accepted;
    private long _waitingBytes;
    private bool _isBusy;
    private bool _hasGivenUp;

    private SessionOutbox Outbox => _session!.Outbox;

    /// <summary>Begins after the requests that the session's VM has taken.</summary>
    public void Begin(VmSession session, ulong taken)
    {
        _session = session;
        _takenBefore = taken;
        _accepted = taken;
        if (!session.Begun.IsCompleted)
        {
            // The last of them is not at its end, and none may come in before that.
            _isBusy = true;
            _running = GoOnAfterAsync(new ValueTask(session.Begun));
        }
    }

    /// <summary>Ends when all that was accepted is answered.</summary>
    public Task UntilDoneAsync()
    {
        lock (_lock)
        {
            return _running;
        }
    }

    /// <summary>Takes the next request, and executes it now or later.</summary>
    /// <exception cref="RpcException">It may not come now; the stream ends with that.</exception>
    public void Accept(V1.VmmRequest request)
    {
        if (request.Sequence > 0 && request.Sequence <= _takenBefore && _accepted == _takenBefore)
        {
            return;
        }

        if (request.Sequence != _accepted + 1)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.WrongSequence, "request.sequence",
                $"request {request.Sequence} came after {_accepted}")
            {
                Accepted = $"{_accepted + 1}",
            });
        }

        Outbox.TakeReceived(request.Received, changes: 0, "request.received");
        Outbox.CheckRoom(request.Sequence);
        _accepted = request.Sequence;
        var arrivedAt = MaySignal(request) ? vm.Telemetry.BeginInjection() : 0;
        lock (_lock)
        {
            if (_hasGivenUp)
            {
                return;
            }

            if (_isBusy)
            {
                Enqueue(request, arrivedAt);
                return;
            }
        }

        var execution = ExecuteAsync(request, arrivedAt);
        if (!execution.IsCompletedSuccessfully)
        {
            lock (_lock)
            {
                _isBusy = true;
                _running = GoOnAfterAsync(execution);
            }
        }
    }

    // What a device may have sent is timed from here on.
    private static bool MaySignal(V1.VmmRequest request) =>
        request.Msis is not null || request.Batch is not null || request.Write is { HasDeviceId: true };

    private void Enqueue(V1.VmmRequest request, long arrivedAt)
    {
        var bytes = request.CalculateSize();
        if (_waiting.Count > 0 && _waitingBytes + bytes > limits.UnreceivedAnswerBytesMax)
        {
            throw Refusal.Of(vm.Name, new Problem(
                V1.ErrorReason.LimitExceeded, "request",
                $"{_waitingBytes} bytes of requests wait before request {request.Sequence}")
            {
                Accepted = $"at most {limits.UnreceivedAnswerBytesMax} bytes",
            });
        }

        _waitingBytes += bytes;
        _waiting.Enqueue((request, arrivedAt));
    }

    private async Task GoOnAfterAsync(ValueTask execution)
    {
        // Never under the lock, under which this is begun.
        await Task.Yield();
        await execution;
        while (TryTakeWaiting(out var next))
        {
            await ExecuteAsync(next.Request, next.ArrivedAt);
        }
    }

    private bool TryTakeWaiting(out (V1.VmmRequest Request, long ArrivedAt) next)
    {
        lock (_lock)
        {
            if (stream.Ended.IsCancellationRequested)
            {
                // They have not been taken, and the VMM sends them again.
                _hasGivenUp = true;
                _waiting.Clear();
            }

            if (!_waiting.TryDequeue(out next))
            {
                _isBusy = false;
                return false;
            }

            _waitingBytes -= next.Request.CalculateSize();
            return true;
        }
    }

    /// <summary>Executes one request. This does not fail: what goes wrong is an answer, or ends the stream.</summary>
    private ValueTask ExecuteAsync(V1.VmmRequest request, long arrivedAt)
    {
        SessionWork work;
        ValueTask<bool> entry;
        try
        {
            work = SessionRequestReader.Read(vm, request, arrivedAt, limits);
            entry = EnterAsync(work);
        }
        catch (RpcException refusal)
        {
            TakeRefusal(request.Sequence, refusal);
            return ValueTask.CompletedTask;
        }

        if (!entry.IsCompletedSuccessfully)
        {
            return FinishAsync(work, entry.AsTask());
        }

        if (!entry.GetAwaiter().GetResult())
        {
            return FinishAsync(work, Task.FromResult(false));
        }

        work.Dispose();
        stream.Pump();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishAsync(SessionWork work, Task<bool> entry)
    {
        try
        {
            while (!await entry)
            {
                // Others come in here. What has begun goes on, whatever becomes of the stream.
                await Task.Yield();
                entry = EnterAsync(work).AsTask();
            }

            stream.Pump();
            _session!.Stream?.Pump();
        }
        catch (RpcException refusal)
        {
            TakeRefusal(work.Sequence, refusal, work.HasBegun);
        }
        catch (Exception unexpected)
        {
            // It would be for nobody: who executes does not fail.
            GiveUp();
            stream.End(new RpcException(new Status(
                StatusCode.Internal, $"request {work.Sequence} met an error of the service", unexpected)));
        }
        finally
        {
            work.Dispose();
        }
    }

    private ValueTask<bool> EnterAsync(SessionWork work) => vm.EnterRunningAsync<SessionOperation, bool>(
        new SessionOperation(stream, work),
        work.HasBegun ? CancellationToken.None : stream.Ended,
        goesOn: true);

    private void TakeRefusal(ulong sequence, RpcException refusal, bool hasBegun = false)
    {
        if (refusal.StatusCode == StatusCode.Unavailable)
        {
            // It waited for Resume, and has not happened.
            GiveUp();
            stream.Stop();
        }
        else if (SessionErrors.EndsStream(refusal))
        {
            GiveUp();
            stream.End(refusal);
        }
        else if (hasBegun)
        {
            Outbox.Add(SessionErrors.ToAnswer(sequence, refusal));
            _session!.Stream?.Pump();
        }
        else
        {
            Outbox.AddFor(stream, SessionErrors.ToAnswer(sequence, refusal));
            stream.Pump();
        }
    }

    // A request was not executed and has no answer: none behind it may be executed on this stream.
    private void GiveUp()
    {
        lock (_lock)
        {
            _hasGivenUp = true;
            _waiting.Clear();
        }
    }
}
