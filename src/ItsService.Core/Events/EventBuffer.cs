using ItsService.Core.Tracing;

namespace ItsService.Core.Events;

/// <summary>
/// The events that a host looks at. Bounded, since a guest causes them: of each sort the newest are kept, so that a
/// device which floods an ITS with messages pushes no command in error out. Equal ones in a row are kept as one. All
/// that ever happened are counted, by kind; an event's sequence number is its place among all, from 1.
/// </summary>
public sealed class EventBuffer
{
    /// <summary>The most that are kept of each sort, unless the configuration says another number.</summary>
    public const int DefaultCapacity = 128;

    /// <summary>The sorts: what commands did, what became of messages, what redistributors found in memory.</summary>
    internal const int SortCount = 3;

    private readonly long[] _countsByKind = new long[(int)GicEventKind.PendingTableTooFull + 1];

    // One for each sort, spent at the first event: most guests never make a mistake.
    private EventRing[] _rings = [];
    private long _markedThrough;

    /// <param name="capacity">The most that are kept of each sort.</param>
    public EventBuffer(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
    }

    /// <summary>The most that are kept of each sort; a row of equal ones takes the place of one.</summary>
    public int Capacity { get; }

    /// <summary>How many there ever were: the sequence number of the newest.</summary>
    public long TotalCount { get; private set; }

    /// <summary>
    /// How many were pushed out since the last <see cref="Clear"/>: of use to a host that takes events by clearing.
    /// </summary>
    public long LostCount { get; private set; }

    /// <summary>How many are kept; a row of equal ones is one.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var ring in _rings)
            {
                count += ring.Count;
            }

            return count;
        }
    }

    /// <summary>Whether something happened since the last <see cref="Mark"/>.</summary>
    public bool HasUnmarked => _markedThrough != TotalCount;

    /// <summary>Where what is appended is told, too; null while nobody wants to know.</summary>
    internal TraceTap? Trace { get; set; }

    /// <summary>How many of this kind there ever were.</summary>
    public long CountOf(GicEventKind kind) => _countsByKind[(int)kind];

    /// <summary>
    /// Those kept with a greater sequence number, oldest first. The first may stand for some with a smaller one, too.
    /// </summary>
    public KeptEvents After(long sequence) => new(_rings, sequence);

    /// <summary>Puts a mark of the host's, such as its time, on all that happened since the last call.</summary>
    public void Mark(long mark)
    {
        foreach (var ring in _rings)
        {
            for (var index = ring.FirstAfter(_markedThrough); index < ring.Count; index++)
            {
                ref var kept = ref ring[index];
                kept.LastMark = mark;
                kept.FirstMark = kept.FirstSequence > _markedThrough ? mark : kept.FirstMark;
            }
        }

        _markedThrough = TotalCount;
    }

    /// <summary>
    /// Forgets those kept, for a host that takes all of them at once. One that reads by sequence number need not.
    /// </summary>
    public void Clear()
    {
        foreach (var ring in _rings)
        {
            ring.Clear();
        }

        LostCount = 0;
        _markedThrough = TotalCount;
    }

    internal void Append(in GicEvent gicEvent)
    {
        _countsByKind[(int)gicEvent.Kind]++;
        var sequence = ++TotalCount;
        Trace?.NoteMistake(gicEvent);
        var ring = RingOf(gicEvent.Kind);
        if (ring.Count > 0)
        {
            ref var newest = ref ring.Newest;
            if (newest.LastSequence == sequence - 1 && newest.Event == gicEvent)
            {
                newest.LastSequence = sequence;
                return;
            }
        }

        LostCount += ring.Add(
            new KeptEvent { Event = gicEvent, FirstSequence = sequence, LastSequence = sequence });
    }

    private EventRing RingOf(GicEventKind kind)
    {
        if (_rings.Length == 0)
        {
            _rings = [.. Enumerable.Range(0, SortCount).Select(_ => new EventRing(Capacity))];
        }

        return _rings[SortOf(kind)];
    }

    private static int SortOf(GicEventKind kind) => kind switch
    {
        GicEventKind.CommandFailed or GicEventKind.QueueStalled => 0,
        GicEventKind.MsiDropped or GicEventKind.DirectLpiDropped or GicEventKind.DoorbellWriteIgnored => 1,
        _ => 2,
    };
}
