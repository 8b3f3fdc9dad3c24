using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>
/// The requests of a session that are not answered: those that went out on the present connection, and those that did
/// not. What the service keeps of answers is bounded, and nothing is sent that would go beyond it.
/// </summary>
/// <param name="messageBytesMax">The largest message that the service takes.</param>
internal sealed class SessionRequests(long messageBytesMax)
{
    // An answer of that size is told as received soon, so that the service need not keep it.
    private const long LargeAnswerBytes = 64 << 10;

    // What a message has besides the request in it.
    private const long MessageOverheadBytes = 32;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Queue<PendingRequest> _sent = [];
    private Queue<PendingRequest> _unsent = [];
    private readonly Queue<MemoryAnswer> _memory = [];
    private SessionLink? _link;
    private Attached? _terms;
    private VmmSessionEndedException? _end;
    private ulong _lastMade;
    private ulong _received;
    private ulong _receivedTold;
    private ulong _receivedChanges;
    private bool _areChangesUntold;
    private long _largeBytesAwaited;
    private long _largeBytesUntold;
    private bool _isDetaching;
    private bool _isDetachSent;

    /// <summary>Fails when the session is no more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether the session is to end as soon as all is answered.</summary>
    public bool IsDetaching
    {
        get
        {
            lock (_lock)
            {
                return _isDetaching;
            }
        }
    }

    /// <summary>Gives a request its number, and sends it as soon as it may be sent.</summary>
    public Task<VmmAnswer> Add(VmmRequest request)
    {
        if (VmmRequests.IsOfAnySize(request) && request.CalculateSize() + MessageOverheadBytes > messageBytesMax)
        {
            throw new ArgumentException(
                $"the request has {request.CalculateSize()} bytes; the service takes messages of {messageBytesMax}",
                nameof(request));
        }

        var pending = new PendingRequest(request);
        SessionLink? link;
        lock (_lock)
        {
            if (_end is not null)
            {
                throw _end;
            }

            if (_isDetaching)
            {
                throw new VmmSessionEndedException(VmmSessionEnd.Detached, "the session is being detached");
            }

            request.Sequence = ++_lastMade;
            _unsent.Enqueue(pending);
            link = _link;
        }

        link?.Pump();
        return pending.Task;
    }

    /// <summary>Answers for memory, ahead of requests, which may wait for it.</summary>
    public void Add(MemoryAnswer answer)
    {
        lock (_lock)
        {
            _memory.Enqueue(answer);
        }
    }

    /// <summary>Ends the session when all that was made is answered.</summary>
    public void Detach()
    {
        SessionLink? link;
        lock (_lock)
        {
            _isDetaching = true;
            link = _link;
        }

        link?.Pump();
    }

    /// <summary>How the session that goes on is asked for.</summary>
    public AttachRequest Resumption(string vm, string session)
    {
        lock (_lock)
        {
            return new AttachRequest
            {
                Vm = vm,
                Session = session,
                Received = _received,
                ReceivedChanges = _receivedChanges,
            };
        }
    }

    /// <summary>From now on messages go out on this connection; what the VM has not taken goes again.</summary>
    public void Join(SessionLink link, Attached terms)
    {
        lock (_lock)
        {
            var lastSent = _sent.Count > 0 ? _sent.Last().Sequence : _received;
            if (terms.LastTaken < _received || terms.LastTaken > lastSent)
            {
                throw new VmmSessionEndedException(
                    VmmSessionEnd.ProtocolBroken,
                    $"the service has taken {terms.LastTaken} requests; {_received} were answered, {lastSent} sent");
            }

            var taken = _sent.Where(request => request.Sequence <= terms.LastTaken).ToArray();
            _unsent = new Queue<PendingRequest>([.. _sent.Skip(taken.Length), .. _unsent]);
            _sent = new Queue<PendingRequest>(taken);
            _largeBytesAwaited = taken.Sum(request => request.LargeBytes);
            _largeBytesUntold = 0;
            _receivedTold = _received;
            _areChangesUntold = false;
            _isDetachSent = false;
            _memory.Clear();
            _terms = terms;
            _link = link;
        }

        link.Pump();
    }

    /// <summary>Nothing goes out until there is another connection.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _link = null;
        }
    }

    /// <summary>
    /// The next message for a connection; null when there is none now. Then somebody else may take the next one.
    /// </summary>
    public FromVmm? TakeNext(SessionLink link)
    {
        lock (_lock)
        {
            var next = link == _link ? TakeNextMessage() : null;
            link.IsPumping = next is not null;
            return next;
        }
    }

    /// <summary>The same for who does not send already; null, too, when somebody does.</summary>
    public FromVmm? TakeFirst(SessionLink link)
    {
        lock (_lock)
        {
            return link.IsPumping ? null : TakeNext(link);
        }
    }

    /// <summary>Whether nobody sends on a connection. True once: then nobody ever does.</summary>
    public bool MayComplete(SessionLink link)
    {
        lock (_lock)
        {
            if (link.IsPumping)
            {
                return false;
            }

            link.IsPumping = true;
            return true;
        }
    }

    /// <summary>The request that is answered; null when it was answered before.</summary>
    public PendingRequest? Take(VmmAnswer answer)
    {
        lock (_lock)
        {
            if (answer.Sequence <= _received)
            {
                return null;
            }

            if (!_sent.TryPeek(out var request) || request.Sequence != answer.Sequence)
            {
                throw new VmmSessionEndedException(
                    VmmSessionEnd.ProtocolBroken, $"request {answer.Sequence} was answered before its turn");
            }

            _sent.Dequeue();
            _received = answer.Sequence;
            _largeBytesAwaited -= request.LargeBytes;
            _largeBytesUntold += request.LargeBytes;
            return request;
        }
    }

    /// <summary>Changes have been told to the VMM.</summary>
    public void Take(Changes changes)
    {
        lock (_lock)
        {
            _receivedChanges = changes.Number;
            _areChangesUntold |= changes.EndedInterrupts.Count > 0;
        }
    }

    /// <summary>The session is no more: whoever waits is told so.</summary>
    public void End(VmmSessionEndedException end)
    {
        PendingRequest[] waiting;
        lock (_lock)
        {
            if (_end is not null)
            {
                return;
            }

            _end = end;
            _link = null;
            waiting = [.. _sent, .. _unsent];
            _sent = [];
            _unsent = [];
        }

        foreach (var request in waiting)
        {
            request.TrySetException(end);
        }

        _ended.TrySetException(end);

        // Nobody need look at it.
        _ = _ended.Task.Exception;
    }

    private FromVmm? TakeNextMessage()
    {
        if (_memory.TryDequeue(out var memory))
        {
            return new FromVmm { Memory = memory };
        }

        if (_unsent.TryPeek(out var request) && HasRoomFor(request))
        {
            _unsent.Dequeue();
            _sent.Enqueue(request);
            _largeBytesAwaited += request.LargeBytes;
            request.Message.Request.Received = _received;
            TakeReceivedAsTold();
            return request.Message;
        }

        if (MustTellReceived())
        {
            TakeReceivedAsTold();
            _areChangesUntold = false;
            return new FromVmm
            {
                Received = new ReceivedAnswers { Sequence = _received, Changes = _receivedChanges },
            };
        }

        if (_isDetaching && !_isDetachSent && _unsent.Count == 0 && _sent.Count == 0)
        {
            _isDetachSent = true;
            return new FromVmm { Detach = new Detach() };
        }

        return null;
    }

    private bool HasRoomFor(PendingRequest request) =>
        request.Sequence - _received <= _terms!.UnreceivedAnswersMax
        && (_largeBytesAwaited == 0
            || (ulong)(_largeBytesAwaited + request.LargeBytes) <= _terms.UnreceivedAnswerBytesMax);

    private bool MustTellReceived() =>
        _areChangesUntold
        || _largeBytesUntold >= LargeAnswerBytes
        || _received - _receivedTold > _terms!.UnreceivedAnswersMax / 2;

    private void TakeReceivedAsTold()
    {
        _receivedTold = _received;
        _largeBytesUntold = 0;
    }
}
