namespace ItsService.Cli.Stress;

/// <summary>
/// The interrupts of one LPI: each message that made it pending, and the acknowledge that took it. Both come in order,
/// and are paired so; which of the two is noted first may differ, and what is noted first waits for the other.
/// </summary>
/// <param name="room">For those that wait behind the first.</param>
internal sealed class LpiPairs(WaitingRoom room)
{
    private readonly Lock _lock = new();
    private Queue<long>? _waiting;
    private long _pended;
    private long _acknowledged;
    private long _unpaired;
    private bool _areSendings;

    /// <summary>How many messages made it pending.</summary>
    public long Pended => Interlocked.Read(ref _pended);

    /// <summary>How often it was acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>How many of both were too many to wait.</summary>
    public long Unpaired => Interlocked.Read(ref _unpaired);

    /// <summary>A message made it pending.</summary>
    /// <param name="sentAt">When it was sent.</param>
    /// <returns>How long that was before its acknowledge; null where that is not noted yet.</returns>
    public long? NotePended(long sentAt)
    {
        lock (_lock)
        {
            _pended++;
            return Pair(sentAt, isSending: true) is { } takenAt ? takenAt - sentAt : null;
        }
    }

    /// <summary>It was acknowledged.</summary>
    /// <param name="takenAt">When.</param>
    /// <returns>How long that was after its message; null where that is not noted yet.</returns>
    public long? NoteAcknowledged(long takenAt)
    {
        lock (_lock)
        {
            _acknowledged++;
            return Pair(takenAt, isSending: false) is { } sentAt ? takenAt - sentAt : null;
        }
    }

    private long? Pair(long at, bool isSending)
    {
        _waiting ??= new Queue<long>();
        if (_waiting.Count > 0 && _areSendings != isSending)
        {
            if (_waiting.Count > 1)
            {
                room.Leave();
            }

            return _waiting.Dequeue();
        }

        if (_waiting.Count > 0 && !room.TryEnter())
        {
            _unpaired++;
            return null;
        }

        _areSendings = isSending;
        _waiting.Enqueue(at);
        return null;
    }
}

/// <summary>
/// How many of all LPIs may wait. No service needs so many: one that did would acknowledge without end, or not at all.
/// </summary>
internal sealed class WaitingRoom(int max = 1 << 20)
{
    private int _count;

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= max)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
