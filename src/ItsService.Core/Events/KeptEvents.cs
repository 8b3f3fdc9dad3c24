namespace ItsService.Core.Events;

/// <summary>Kept events in the order in which they happened. Do not let more happen while looking at them.</summary>
public ref struct KeptEvents
{
    private readonly ReadOnlySpan<EventRing> _rings;
    private PositionOfEachSort _next;
    private ref readonly KeptEvent _current;

    internal KeptEvents(ReadOnlySpan<EventRing> rings, long afterSequence)
    {
        _rings = rings;
        for (var sort = 0; sort < rings.Length; sort++)
        {
            _next[sort] = rings[sort].FirstAfter(afterSequence);
        }
    }

    /// <summary>The one that <see cref="MoveNext"/> went to.</summary>
    public readonly ref readonly KeptEvent Current => ref _current;

    /// <summary>For foreach.</summary>
    public readonly KeptEvents GetEnumerator() => this;

    /// <summary>Goes to the next; false when there is none.</summary>
    public bool MoveNext()
    {
        var oldest = -1;
        for (var sort = 0; sort < _rings.Length; sort++)
        {
            if (_next[sort] < _rings[sort].Count
                && (oldest < 0 || Next(sort).LastSequence < Next(oldest).LastSequence))
            {
                oldest = sort;
            }
        }

        if (oldest < 0)
        {
            return false;
        }

        _current = ref Next(oldest);
        _next[oldest]++;
        return true;
    }

    /// <summary>At most so many, the first of those that are left.</summary>
    public KeptEvent[] Take(int countMax)
    {
        var taken = new List<KeptEvent>();
        while (taken.Count < countMax && MoveNext())
        {
            taken.Add(_current);
        }

        return [.. taken];
    }

    private readonly ref KeptEvent Next(int sort) => ref _rings[sort][_next[sort]];

    [System.Runtime.CompilerServices.InlineArray(EventBuffer.SortCount)]
    private struct PositionOfEachSort
    {
        private int _first;
    }
}
