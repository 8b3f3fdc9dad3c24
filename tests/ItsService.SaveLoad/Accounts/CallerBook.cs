namespace ItsService.SaveLoad.Accounts;

/// <summary>
/// What one caller has counted. It makes one call at a time, and counts what the answer told before it makes the next:
/// so at any instant at most its last call may have happened without being counted.
/// </summary>
internal sealed class CallerBook(string caller, int eventCount, Pulse pulse)
{
    private readonly Lock _lock = new();
    private readonly EventCounts[] _counts = new EventCounts[eventCount];
    private readonly EventCounts[] _opening = new EventCounts[eventCount];
    private readonly List<(long Call, Deed Deed)> _sinceOpening = [];
    private long _begunCount;
    private long _endedCount;
    private long _sentCount;

    /// <summary>Whose it is.</summary>
    public string Caller => caller;

    /// <summary>How many calls it has begun; that is the number of the last.</summary>
    public long BegunCount => Volatile.Read(ref _begunCount);

    /// <summary>How many of them are counted.</summary>
    public long EndedCount => Volatile.Read(ref _endedCount);

    /// <summary>How many messages were pended or coalesced.</summary>
    public long SentCount => Volatile.Read(ref _sentCount);

    /// <summary>The number of the call that is made now.</summary>
    public long Begin() => Interlocked.Increment(ref _begunCount);

    /// <summary>Counts what the answer has told.</summary>
    public void End(params ReadOnlySpan<Deed> deeds)
    {
        lock (_lock)
        {
            _endedCount++;
            foreach (var deed in deeds)
            {
                _counts[deed.Event] = _counts[deed.Event].With(deed.Kind);
                _sinceOpening.Add((_endedCount, deed));
                _sentCount += deed.Kind == DeedKind.Acknowledged ? 0 : 1;
            }
        }

        pulse.Beat();
    }

    /// <summary>From here on each deed is kept with its call.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _counts.CopyTo(_opening, 0);
            _sinceOpening.Clear();
        }
    }

    /// <summary>Adds what was counted at the opening, and since then by calls up to a number.</summary>
    public void AddUntil(long call, Span<EventCounts> totals)
    {
        lock (_lock)
        {
            for (var index = 0; index < totals.Length; index++)
            {
                totals[index] += _opening[index];
            }

            foreach (var (number, deed) in _sinceOpening)
            {
                if (number <= call)
                {
                    totals[deed.Event] = totals[deed.Event].With(deed.Kind);
                }
            }
        }
    }
}
