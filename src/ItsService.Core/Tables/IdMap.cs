using System.Numerics;

namespace ItsService.Core.Tables;

/// <summary>
/// Values by number, found in O(1), with memory spent only where numbers are in use: an array while the numbers are
/// dense, a dictionary for the few that lie far out. The default value stands for "absent".
/// </summary>
/// <remarks>
/// The array grows to a number only while that leaves it about one eighth full, and it is given up when less than one
/// sixteenth is in use: so a guest that uses EventIDs 0..n gets one array slot each, one that uses four EventIDs spread
/// over 2^32 gets four dictionary entries, and one that takes its mappings back gives their memory back.
/// </remarks>
internal sealed class IdMap<T>
{
    private const int MinimumLength = 4;
    private const uint SlotsPerValueMax = 4;
    private const int SlotsPerValueKept = 16;
    private const int LengthAlwaysKept = 64;

    private T?[] _dense = [];
    private Dictionary<uint, T>? _sparse;

    /// <summary>How many values are present.</summary>
    public int Count { get; private set; }

    /// <summary>How many slots are held, in use or not: what the map costs.</summary>
    public int SlotCount => _dense.Length + (_sparse?.Capacity ?? 0);

    /// <summary>The value, or the default where there is none.</summary>
    public T? this[uint id]
    {
        get
        {
            var dense = _dense;
            if (id < (uint)dense.Length)
            {
                return dense[id];
            }

            return _sparse is not null && _sparse.TryGetValue(id, out var value) ? value : default;
        }
    }

    /// <summary>Puts a value, in place of the one that was there.</summary>
    public void Set(uint id, T value)
    {
        if (id >= (uint)_dense.Length && id < SlotsPerValueMax * ((ulong)Count + 1))
        {
            GrowDense(id);
        }

        if (id < (uint)_dense.Length)
        {
            Count += IsAbsent(_dense[id]) ? 1 : 0;
            _dense[id] = value;
            return;
        }

        _sparse ??= [];
        Count += _sparse.ContainsKey(id) ? 0 : 1;
        _sparse[id] = value;
    }

    /// <summary>Takes a value away; false where there was none.</summary>
    public bool Remove(uint id)
    {
        var removed = false;
        if (id < (uint)_dense.Length)
        {
            removed = !IsAbsent(_dense[id]);
            _dense[id] = default;
        }
        else if (_sparse is not null)
        {
            removed = _sparse.Remove(id);
        }

        Count -= removed ? 1 : 0;
        if (removed && SlotCount > LengthAlwaysKept && Count < SlotCount / SlotsPerValueKept)
        {
            Rehouse();
        }

        return removed;
    }

    /// <summary>Takes all values away, and gives their memory back.</summary>
    public void Clear()
    {
        _dense = [];
        _sparse = null;
        Count = 0;
    }

    /// <summary>The values present, in the order of their numbers. Do not change the map meanwhile.</summary>
    public IEnumerable<KeyValuePair<uint, T>> InOrder() => Entries(isSorted: true);

    /// <summary>The values present, for who goes through some of them and will not wait until all are sorted.</summary>
    public IEnumerable<KeyValuePair<uint, T>> InAnyOrder() => Entries(isSorted: false);

    /// <summary>
    /// The numbers with values that are nearest to one: at most so many below it and so many above, in their order.
    /// </summary>
    public uint[] Nearest(uint id, int countMax)
    {
        var below = new List<uint>(countMax);
        for (var near = Math.Min((long)id, _dense.Length) - 1; near >= 0 && below.Count < countMax; near--)
        {
            AddPresent(below, (uint)near);
        }

        var above = new List<uint>(countMax);
        for (var near = id + 1L; near < _dense.Length && above.Count < countMax; near++)
        {
            AddPresent(above, (uint)near);
        }

        // All of these are behind the array. A few are taken, and the others are not sorted for it.
        var sparse = _sparse?.Keys ?? Enumerable.Empty<uint>();
        return
        [
            .. sparse.Where(key => key < id).OrderDescending().Take(countMax)
                .Concat(below).Take(countMax).Reverse(),
            .. above.Concat(sparse.Where(key => key > id).Order().Take(countMax)).Take(countMax),
        ];
    }

    /// <summary>
    /// Writes something for each value, in the order of their numbers, into a span of <see cref="Count"/> places.
    /// </summary>
    public void Project<TResult>(Span<TResult> into, Func<uint, T, TResult> project)
    {
        var written = 0;
        var dense = _dense.AsSpan();
        for (var id = 0; id < dense.Length; id++)
        {
            if (dense[id] is { } value && !IsAbsent(value))
            {
                into[written++] = project((uint)id, value);
            }
        }

        foreach (var id in _sparse?.Keys.Order() ?? Enumerable.Empty<uint>())
        {
            into[written++] = project(id, _sparse![id]);
        }
    }

    /// <summary>Makes room for so many values up to a number, where they will be dense.</summary>
    public void Reserve(int count, uint lastId)
    {
        if (lastId >= (uint)_dense.Length && lastId < SlotsPerValueMax * ((ulong)count + 1))
        {
            GrowDense(lastId);
        }
    }

    private IEnumerable<KeyValuePair<uint, T>> Entries(bool isSorted)
    {
        for (var id = 0; id < _dense.Length; id++)
        {
            if (_dense[id] is { } value && !IsAbsent(value))
            {
                yield return new KeyValuePair<uint, T>((uint)id, value);
            }
        }

        if (_sparse is null)
        {
            yield break;
        }

        foreach (var id in isSorted ? _sparse.Keys.Order() : _sparse.Keys.AsEnumerable())
        {
            yield return new KeyValuePair<uint, T>(id, _sparse[id]);
        }
    }

    private void AddPresent(List<uint> into, uint id)
    {
        if (!IsAbsent(_dense[id]))
        {
            into.Add(id);
        }
    }

    /// <summary>Puts what is left into an array of its size, or into the dictionary.</summary>
    private void Rehouse()
    {
        var left = InOrder().ToArray();
        Clear();
        foreach (var entry in left)
        {
            Set(entry.Key, entry.Value);
        }
    }

    private static bool IsAbsent(T? value) => EqualityComparer<T>.Default.Equals(value, default);

    private void GrowDense(uint id)
    {
        var length = (int)Math.Min(BitOperations.RoundUpToPowerOf2((ulong)id + 1), (ulong)Array.MaxLength);
        Array.Resize(ref _dense, Math.Max(length, MinimumLength));
        if (_sparse is null)
        {
            return;
        }

        foreach (var moved in _sparse.Keys.Where(key => key < (uint)_dense.Length).ToArray())
        {
            _dense[moved] = _sparse[moved];
            _sparse.Remove(moved);
        }
    }
}
