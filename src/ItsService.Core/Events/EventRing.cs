namespace ItsService.Core.Events;

/// <summary>The newest events of one sort, in the order of their sequence numbers.</summary>
internal sealed class EventRing(int capacity)
{
    private const int FirstLength = 16;

    // Grows as there are events. Full, it goes round: the oldest is at _first.
    private KeptEvent[] _kept = [];
    private int _first;

    public int Count { get; private set; }

    /// <summary>The newest, when there is one.</summary>
    public ref KeptEvent Newest => ref this[Count - 1];

    /// <summary>By age: 0 is the oldest.</summary>
    public ref KeptEvent this[int index]
    {
        get
        {
            var place = _first + index;
            return ref _kept[place < _kept.Length ? place : place - _kept.Length];
        }
    }

    /// <summary>Adds one. Returns how many events are kept no more for it.</summary>
    public long Add(in KeptEvent kept)
    {
        if (Count < capacity)
        {
            Grow();
            Count++;
            Newest = kept;
            return 0;
        }

        var lost = _kept[_first].Count;
        _kept[_first] = kept;
        _first = _first + 1 == capacity ? 0 : _first + 1;
        return lost;
    }

    /// <summary>The first whose last sequence number is greater; <see cref="Count"/> where there is none.</summary>
    public int FirstAfter(long sequence)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = this[middle].LastSequence > sequence ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    public void Clear() => (_first, Count) = (0, 0);

    private void Grow()
    {
        if (Count == _kept.Length)
        {
            Array.Resize(ref _kept, Math.Min(capacity, Math.Max(FirstLength, 2 * Count)));
        }
    }
}
