namespace ItsService.Core.Tracing;

/// <summary>
/// Where a host finds what happens in the controller, one by one and in order. It is bounded, since guests fill it: the
/// host empties it after each entry, and what one entry has too much of is dropped and counted. It grows as it is
/// filled, and nothing is allocated for an event once it has grown. The controller does the same with it and without.
/// </summary>
public sealed partial class TraceTap
{
    private const int FirstLength = 64;

    private TraceEvent[] _events = [];
    private int _count;

    /// <param name="capacity">The most events that it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">It would hold none.</exception>
    public TraceTap(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
    }

    /// <summary>The most events that it holds.</summary>
    public int Capacity { get; }

    /// <summary>How many have happened: the sequence number of the last, whether it was dropped or not.</summary>
    public long TotalCount { get; private set; }

    /// <summary>How many were dropped since the last <see cref="Clear"/>, all behind those that it holds.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>What it holds, oldest first. Valid until the next thing happens.</summary>
    public ReadOnlySpan<TraceEvent> Events => _events.AsSpan(0, _count);

    /// <summary>Makes room again.</summary>
    public void Clear() => (_count, DroppedCount) = (0, 0);

    /// <summary>Notes what the host does, so that it has its place among the rest.</summary>
    /// <param name="mark">What, in the host's own words.</param>
    public void NoteHost(int mark) => Append(new TraceEvent { Kind = TraceKind.Host, HostMark = mark });

    private void Append(in TraceEvent traced)
    {
        TotalCount++;
        if (_count == Capacity)
        {
            DroppedCount++;
            return;
        }

        if (_count == _events.Length)
        {
            Array.Resize(ref _events, Math.Min(Capacity, Math.Max(FirstLength, 2 * _count)));
        }

        _events[_count++] = traced with { Sequence = TotalCount };
    }
}
