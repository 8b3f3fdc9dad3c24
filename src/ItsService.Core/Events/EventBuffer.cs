namespace ItsService.Core.Events;

/// <summary>
/// The events since the host last drained them. Bounded, since a guest causes them: when it is full the oldest are
/// counted and not kept. All that ever happened is counted, by kind; an event's sequence number is its place among
/// all, from 1.
/// </summary>
public sealed class EventBuffer
{
    /// <summary>The most events kept, unless the configuration says another number.</summary>
    public const int DefaultCapacity = 128;

    private readonly long[] _countsByKind = new long[(int)GicEventKind.PendingTableUnwritable + 1];

    // Spent at the first event, since most guests never make a mistake. Full, it goes round: the oldest is at _first.
    private GicEvent[] _events = [];
    private int _first;

    /// <param name="capacity">The most events kept.</param>
    public EventBuffer(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
    }

    /// <summary>The most events kept.</summary>
    public int Capacity { get; }

    /// <summary>How many are kept.</summary>
    public int Count { get; private set; }

    /// <summary>How many were not kept since the last <see cref="Clear"/>.</summary>
    public long LostCount { get; private set; }

    /// <summary>How many there ever were: the sequence number of the newest.</summary>
    public long TotalCount { get; private set; }

    /// <summary>The sequence number of the first of <see cref="Events"/>.</summary>
    public long FirstSequence => TotalCount - Count + 1;

    /// <summary>The events kept, oldest first.</summary>
    public ReadOnlySpan<GicEvent> Events
    {
        get
        {
            var events = _events.AsSpan(0, Count);
            if (_first != 0)
            {
                // Three reversals bring the oldest to the front in place.
                events[.._first].Reverse();
                events[_first..].Reverse();
                events.Reverse();
                _first = 0;
            }

            return events;
        }
    }

    /// <summary>How many of this kind there ever were.</summary>
    public long CountOf(GicEventKind kind) => _countsByKind[(int)kind];

    /// <summary>Forgets those kept.</summary>
    public void Clear()
    {
        Count = 0;
        LostCount = 0;
        _first = 0;
    }

    internal void Append(in GicEvent gicEvent)
    {
        _countsByKind[(int)gicEvent.Kind]++;
        TotalCount++;
        if (Count == Capacity)
        {
            _events[_first] = gicEvent;
            _first = _first + 1 == Capacity ? 0 : _first + 1;
            LostCount++;
            return;
        }

        if (Count == _events.Length)
        {
            Array.Resize(ref _events, Math.Min(Capacity, Math.Max(DefaultCapacity, 2 * Count)));
        }

        _events[Count++] = gicEvent;
    }
}
