using ItsService.Server.Errors;
using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Sessions;

/// <summary>
/// What a session has to tell, in the order in which it happened: answers, which are kept until the VMM says that it
/// has them, and changes between them. It is filled inside the VM's gate and emptied outside; nobody waits in it. What
/// a VMM does not read is bounded: one Changes between two answers, which takes in what comes later, and the answers by
/// what <see cref="ItsServerLimits"/> says.
/// </summary>
internal sealed class SessionOutbox(string vmName, ItsServerLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Kept[] _kept = new Kept[limits.UnreceivedAnswersMax];
    private readonly UnreceivedChanges _unreceived = new();
    private SessionStream? _stream;
    private V1.ToVmm? _attached;
    private V1.ToVmm? _ending;
    private V1.Changes? _last;
    private TaskCompletionSource? _idle;
    private ulong _received;
    private ulong _taken;
    private ulong _answered;
    private ulong _written;
    private long _keptBytes;

    /// <summary>
    /// What the VMM is asked for of its guest's memory, where it serves that on this stream: told ahead of all else.
    /// Set inside the gate, with the stream.
    /// </summary>
    public MemoryRequests? Memory { get; set; }

    /// <summary>The last request that the VM has taken.</summary>
    public ulong Taken
    {
        get
        {
            lock (_lock)
            {
                return _taken;
            }
        }
    }

    /// <summary>From now on the session is told here, beginning with <paramref name="attached"/>.</summary>
    /// <param name="stream">Where.</param>
    /// <param name="attached">The first message; it is completed with what the VM has taken.</param>
    /// <param name="attach">What the VMM has received.</param>
    public void Begin(SessionStream stream, V1.Attached attached, V1.AttachRequest attach)
    {
        lock (_lock)
        {
            if (attach.Received < _received || attach.Received > _answered)
            {
                throw WrongSequence(
                    "attach.received", $"the last answer that was received cannot be {attach.Received}",
                    $"{_received}..{_answered}");
            }

            Release(attach.Received);
            _unreceived.Release(attach.ReceivedChanges);
            Gather();
            _written = _received;
            _stream = stream;
            _ending = null;
            attached.LastTaken = _taken;
            _attached = new V1.ToVmm { Attached = attached };
        }
    }

    /// <summary>A stream is no more: nothing is written before there is another.</summary>
    public void Leave(SessionStream stream)
    {
        lock (_lock)
        {
            if (_stream == stream)
            {
                _stream = null;
                _idle?.TrySetResult();
            }
        }
    }

    /// <summary>The VMM has the answers up to this one.</summary>
    /// <exception cref="Grpc.Core.RpcException">Such an answer was not sent to it.</exception>
    public void TakeReceived(ulong sequence, ulong changes, string field)
    {
        lock (_lock)
        {
            if (sequence > _written)
            {
                throw WrongSequence(field, $"answer {sequence} was not sent yet", $"0..{_written}");
            }

            Release(sequence);
            if (changes != 0)
            {
                _unreceived.Release(changes);
            }
        }
    }

    /// <summary>Whether one more request may come, or why not.</summary>
    public void CheckRoom(ulong sequence)
    {
        lock (_lock)
        {
            if (sequence - _received > (ulong)_kept.Length)
            {
                throw Refusal.Of(vmName, new Problem(
                    V1.ErrorReason.LimitExceeded, "request.sequence",
                    $"request {sequence} came with answer {_received} the last that was received")
                {
                    Accepted = $"at most {_kept.Length} requests whose answers are not received",
                });
            }

            if (_keptBytes > limits.UnreceivedAnswerBytesMax)
            {
                throw Refusal.Of(vmName, new Problem(
                    V1.ErrorReason.LimitExceeded, "request.received",
                    $"the answers after {_received}, the last that was received, have {_keptBytes} bytes")
                {
                    Accepted = $"no further request beyond {limits.UnreceivedAnswerBytesMax} bytes",
                });
            }
        }
    }

    /// <summary>
    /// A request has begun, and others come in before its end; its answer follows, whatever becomes of its stream.
    /// </summary>
    public void Take(ulong sequence)
    {
        lock (_lock)
        {
            _taken = sequence;
        }
    }

    /// <summary>Adds the answer of the next request.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="after">What has to be there first; null for nothing.</param>
    public void Add(V1.ToVmm answer, Task? after = null)
    {
        lock (_lock)
        {
            AddLocked(answer, after);
        }
    }

    /// <summary>
    /// Adds an answer that was not made inside the gate; not when another stream has come meanwhile, to which its VMM
    /// sends the request again, nor when the request before it was not taken.
    /// </summary>
    public void AddFor(SessionStream stream, V1.ToVmm answer)
    {
        lock (_lock)
        {
            if (_stream == stream && answer.Answer.Sequence == _taken + 1)
            {
                AddLocked(answer);
            }
        }
    }

    /// <summary>Adds what nobody has asked for. <paramref name="add"/> puts it into what is told next.</summary>
    public void Change<T>(Action<V1.Changes, T> add, T argument)
    {
        lock (_lock)
        {
            add(_last ??= new V1.Changes(), argument);
        }
    }

    /// <summary>Tells that the stream is about to end.</summary>
    public void AddEnding(SessionStream stream)
    {
        lock (_lock)
        {
            if (_stream == stream)
            {
                _ending = new V1.ToVmm { Ending = new V1.StreamEnding() };
            }
        }
    }

    /// <summary>The next message for a stream; null when there is none, and then somebody else may write.</summary>
    public V1.ToVmm? TakeNext(SessionStream stream)
    {
        lock (_lock)
        {
            var next = stream == _stream ? TakeNextMessage() : null;
            stream.IsPumping = next is not null;
            if (next is null)
            {
                _idle?.TrySetResult();
            }

            return next;
        }
    }

    /// <summary>The same for who does not write already; null, too, when somebody does.</summary>
    public V1.ToVmm? TakeFirst(SessionStream stream)
    {
        lock (_lock)
        {
            return stream.IsPumping ? null : TakeNext(stream);
        }
    }

    /// <summary>Completed when all that there is has been written, or the stream is no more.</summary>
    public Task UntilIdle(SessionStream stream)
    {
        lock (_lock)
        {
            if (stream != _stream || !stream.IsPumping)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>
    /// Ends when no answer is held back for memory that another stream serves: when what was written is there, or the
    /// time for that is over.
    /// </summary>
    public async Task UntilNoneIsHeldBack()
    {
        foreach (var after in HeldBackFor())
        {
            await after.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<Task> HeldBackFor()
    {
        var waited = new List<Task>();
        lock (_lock)
        {
            for (var sequence = _written + 1; sequence <= _answered && !IsMemoryServedHere; sequence++)
            {
                if (_kept[Place(sequence)].After is { IsCompleted: false } after)
                {
                    waited.Add(after);
                }
            }
        }

        return waited;
    }

    private bool IsMemoryServedHere => _stream is { } stream && Memory?.IsServedBy(stream) == true;

    // The VMM must have what was written to its memory before it is told that it was; on another stream it may not.
    private bool IsHeldBack => _kept[Place(_written + 1)].After is { IsCompleted: false } && !IsMemoryServedHere;

    private void AddLocked(V1.ToVmm answer, Task? after = null)
    {
        var sequence = answer.Answer.Sequence;
        _taken = sequence;
        _answered = sequence;
        var bytes = BytesOf(answer.Answer);
        _kept[Place(sequence)] = new Kept(answer, _last, bytes, after);
        _keptBytes += bytes;
        _last = null;
    }

    private V1.ToVmm? TakeNextMessage()
    {
        if (_attached is { } attached)
        {
            _attached = null;
            return attached;
        }

        if (_stream is { } stream && Memory?.TryTakeNext(stream) is { } asked)
        {
            return new V1.ToVmm { Memory = asked };
        }

        if (_written < _answered && !IsHeldBack)
        {
            ref var kept = ref _kept[Place(_written + 1)];
            if (kept.ChangesBefore is { } changes)
            {
                kept = kept with { ChangesBefore = null };
                return new V1.ToVmm { Changes = _unreceived.Number(changes) };
            }

            _written++;
            return kept.Answer;
        }

        if (_last is { } last && _written == _answered)
        {
            _last = null;
            return new V1.ToVmm { Changes = _unreceived.Number(last) };
        }

        if (_ending is { } ending)
        {
            _ending = null;
            return ending;
        }

        return null;
    }

    private void Release(ulong received)
    {
        while (_received < received)
        {
            ref var kept = ref _kept[Place(++_received)];
            _keptBytes -= kept.Bytes;
            kept = default;
        }
    }

    // Attached tells lines and state as they are; of changes that were not received, the rest is told once more.
    private void Gather()
    {
        var gathered = _unreceived.ToTellAgain();
        for (var sequence = _received + 1; sequence <= _answered; sequence++)
        {
            ref var kept = ref _kept[Place(sequence)];
            ChangesMerge.Merge(kept.ChangesBefore, gathered);
            kept = kept with { ChangesBefore = null };
        }

        ChangesMerge.Merge(_last, gathered);
        _last = ChangesMerge.IsEmpty(gathered) ? null : gathered;
    }

    private int Place(ulong sequence) => (int)(sequence % (ulong)_kept.Length);

    // Only answers that bring memory, and many at once, are large.
    private static int BytesOf(V1.VmmAnswer answer) => answer.ResultCase switch
    {
        V1.VmmAnswer.ResultOneofCase.Value or V1.VmmAnswer.ResultOneofCase.Done => 0,
        _ => answer.CalculateSize(),
    };

    private Grpc.Core.RpcException WrongSequence(string field, string text, string accepted) =>
        Refusal.Of(vmName, new Problem(V1.ErrorReason.WrongSequence, field, text) { Accepted = accepted });

    private readonly record struct Kept(V1.ToVmm? Answer, V1.Changes? ChangesBefore, int Bytes, Task? After);
}
