using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// A set of INTIDs up to 24 bits wide that finds its lowest member without scanning: four levels of 64-bit words, each
/// bit of an upper level telling whether the word below is not empty. Memory is spent in chunks of 4,096 INTIDs and
/// only where members are. The first 64 chunks, which is all of 18 bits, are found through one array; those farther out
/// through leaves of 64, which go when they are empty.
/// </summary>
internal sealed class IntIdBitmap(IntIdChunkPool pool)
{
    private const int NearCount = IntIdLeaf.ChunkCount;
    private const int NearCountMin = 16;
    private const int LeafCount = 64;
    private const int FanoutBits = 6;
    private const uint OffsetMask = IntIdChunk.MemberCount - 1;

    private IntIdChunk?[] _near = [];
    private ulong _nearOccupied;

    // By the number of their first chunk divided by 64; the first is never used. Spent with the first far member, and
    // kept until Clear, so that an LPI that comes and goes allocates nothing.
    private IntIdLeaf?[]? _far;
    private ulong _summary;

    public int Count { get; private set; }

    public bool IsEmpty => _summary == 0;

    public bool Contains(IntId intId) => Find(intId) is { } chunk && chunk.Contains(intId.Value & OffsetMask);

    /// <summary>Adds a member; false when it was one.</summary>
    public bool Add(IntId intId)
    {
        var chunk = Find(intId) ?? AddChunk(ChunkNumber(intId));
        if (!chunk.Add(intId.Value & OffsetMask))
        {
            return false;
        }

        Count++;
        return true;
    }

    /// <summary>Removes a member; false when it was none.</summary>
    public bool Remove(IntId intId)
    {
        if (Find(intId) is not { } chunk || !chunk.Remove(intId.Value & OffsetMask))
        {
            return false;
        }

        Count--;
        if (chunk.IsEmpty)
        {
            RetireChunk(ChunkNumber(intId), chunk);
        }

        return true;
    }

    /// <summary>Removes the lowest member. The set must not be empty.</summary>
    public IntId TakeFirst()
    {
        var leaf = BitOperations.TrailingZeroCount(_summary);
        var number = (leaf << FanoutBits) | BitOperations.TrailingZeroCount(Occupied(leaf));
        var chunk = Chunk(number)!;
        var first = chunk.First;
        chunk.Remove(first);
        Count--;
        if (chunk.IsEmpty)
        {
            RetireChunk(number, chunk);
        }

        return IntIdAt(number, first);
    }

    /// <summary>The lowest member at or above <paramref name="from"/>. The set may change between two calls.</summary>
    public bool TryNext(IntId from, out IntId next)
    {
        if (Find(from) is { } chunk && chunk.TryNext(from.Value & OffsetMask, out var offset))
        {
            next = new IntId((from.Value & ~OffsetMask) | offset);
            return true;
        }

        var isFound = TryNextOccupied(ChunkNumber(from) + 1, out var number);
        next = isFound ? FirstOf(number) : default;
        return isFound;
    }

    /// <summary>Removes all members, and gives their memory back.</summary>
    public void Clear()
    {
        for (var from = 0; TryNextOccupied(from, out var number); from = number + 1)
        {
            var chunk = Chunk(number)!;
            chunk.Clear();
            pool.Return(chunk);
        }

        _near = [];
        _nearOccupied = 0;
        _far = null;
        _summary = 0;
        Count = 0;
    }

    /// <summary>The members in ascending order.</summary>
    public IEnumerable<IntId> InOrder()
    {
        for (var from = default(IntId); TryNext(from, out var member); from = new IntId(member.Value + 1))
        {
            yield return member;
        }
    }

    private static int ChunkNumber(IntId intId) => (int)(intId.Value >> IntIdChunk.SizeBits);

    private static int LeafNumber(int chunkNumber) => chunkNumber >> FanoutBits;

    private IntIdChunk? Find(IntId intId) => Chunk(ChunkNumber(intId));

    private IntIdChunk? Chunk(int number)
    {
        var near = _near;
        return (uint)number < (uint)near.Length ? near[number] : FarChunk(number);
    }

    private IntIdChunk? FarChunk(int number)
    {
        var leaf = LeafNumber(number);
        return leaf < LeafCount && _far is { } far ? far[leaf]?[number & (NearCount - 1)] : null;
    }

    /// <summary>Which of 64 chunks have members.</summary>
    private ulong Occupied(int leaf) => leaf == 0 ? _nearOccupied : _far?[leaf]?.Occupied ?? 0;

    /// <summary>The lowest member of a chunk that has some.</summary>
    private IntId FirstOf(int chunkNumber) => IntIdAt(chunkNumber, Chunk(chunkNumber)!.First);

    private static IntId IntIdAt(int chunkNumber, uint offset) =>
        new(((uint)chunkNumber << IntIdChunk.SizeBits) | offset);

    /// <summary>The first chunk with members at or above a number.</summary>
    private bool TryNextOccupied(int from, out int number)
    {
        number = 0;
        var leaf = LeafNumber(from);
        if (leaf >= LeafCount)
        {
            return false;
        }

        var rest = Occupied(leaf) & (ulong.MaxValue << (from & (NearCount - 1)));
        if (rest == 0)
        {
            var above = leaf == LeafCount - 1 ? 0 : _summary & (ulong.MaxValue << (leaf + 1));
            if (above == 0)
            {
                return false;
            }

            leaf = BitOperations.TrailingZeroCount(above);
            rest = Occupied(leaf);
        }

        number = (leaf << FanoutBits) | BitOperations.TrailingZeroCount(rest);
        return true;
    }

    private IntIdChunk AddChunk(int number)
    {
        var chunk = pool.Rent();
        var leaf = LeafNumber(number);
        _summary |= 1UL << leaf;
        if (number >= NearCount)
        {
            _far ??= new IntIdLeaf?[LeafCount];
            (_far[leaf] ??= pool.RentLeaf())[number & (NearCount - 1)] = chunk;
            return chunk;
        }

        if (number >= _near.Length)
        {
            Array.Resize(ref _near, Math.Max((int)BitOperations.RoundUpToPowerOf2((uint)number + 1), NearCountMin));
        }

        _near[number] = chunk;
        _nearOccupied |= 1UL << number;
        return chunk;
    }

    private void RetireChunk(int number, IntIdChunk chunk)
    {
        pool.Return(chunk);
        if (number >= NearCount)
        {
            RetireFarChunk(number);
            return;
        }

        _near[number] = null;
        _nearOccupied &= ~(1UL << number);
        _summary &= _nearOccupied == 0 ? ~1UL : ulong.MaxValue;
    }

    private void RetireFarChunk(int number)
    {
        var leafNumber = LeafNumber(number);
        var leaf = _far![leafNumber]!;
        leaf[number & (NearCount - 1)] = null;
        if (leaf.Occupied == 0)
        {
            _far[leafNumber] = null;
            _summary &= ~(1UL << leafNumber);
            pool.Return(leaf);
        }
    }
}
