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
        var chunk = Find(intId) ?? AddChunk((int)(intId.Value >> IntIdChunk.SizeBits));
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
            RetireChunk((int)(intId.Value >> IntIdChunk.SizeBits), chunk);
        }

        return true;
    }

    /// <summary>The lowest member. The set must not be empty.</summary>
    public IntId First()
    {
        var word = BitOperations.TrailingZeroCount(_summary);
        var number = (word << FanoutBits) | BitOperations.TrailingZeroCount(Occupied(word));
        return new IntId(((uint)number << IntIdChunk.SizeBits) | Chunk((uint)number)!.First);
    }

    /// <summary>The lowest member at or above <paramref name="from"/>. The set may change between two calls.</summary>
    public bool TryNext(IntId from, out IntId next)
    {
        if (Find(from) is { } chunk && chunk.TryNext(from.Value & OffsetMask, out var offset))
        {
            next = new IntId((from.Value & ~OffsetMask) | offset);
            return true;
        }

        var number = NextOccupied((from.Value >> IntIdChunk.SizeBits) + 1);
        next = number < 0 ? default : new IntId(((uint)number << IntIdChunk.SizeBits) | Chunk((uint)number)!.First);
        return number >= 0;
    }

    /// <summary>Removes all members, and gives their memory back.</summary>
    public void Clear()
    {
        for (var number = NextOccupied(0); number >= 0; number = NextOccupied((uint)number + 1))
        {
            var chunk = Chunk((uint)number)!;
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

    private IntIdChunk? Find(IntId intId) => Chunk(intId.Value >> IntIdChunk.SizeBits);

    private IntIdChunk? Chunk(uint number)
    {
        var near = _near;
        return number < (uint)near.Length ? near[number] : FarChunk(number);
    }

    private IntIdChunk? FarChunk(uint number)
    {
        var leaf = number >> FanoutBits;
        return leaf is > 0 and < LeafCount && _far is { } far ? far[leaf]?[(int)(number & (NearCount - 1))] : null;
    }

    /// <summary>Which of 64 chunks have members.</summary>
    private ulong Occupied(int word) => word == 0 ? _nearOccupied : _far?[word]?.Occupied ?? 0;

    /// <summary>The first chunk with members at or above a number, or -1.</summary>
    private int NextOccupied(uint number)
    {
        var word = (int)(number >> FanoutBits);
        if (word >= LeafCount)
        {
            return -1;
        }

        var rest = Occupied(word) & (ulong.MaxValue << (int)(number & (NearCount - 1)));
        if (rest == 0)
        {
            var above = word == LeafCount - 1 ? 0 : _summary & (ulong.MaxValue << (word + 1));
            if (above == 0)
            {
                return -1;
            }

            word = BitOperations.TrailingZeroCount(above);
            rest = Occupied(word);
        }

        return (word << FanoutBits) | BitOperations.TrailingZeroCount(rest);
    }

    private IntIdChunk AddChunk(int number)
    {
        var chunk = pool.Rent();
        _summary |= 1UL << (number >> FanoutBits);
        if (number >= NearCount)
        {
            _far ??= new IntIdLeaf?[LeafCount];
            (_far[number >> FanoutBits] ??= pool.RentLeaf())[number & (NearCount - 1)] = chunk;
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
        var leaf = _far![number >> FanoutBits]!;
        leaf[number & (NearCount - 1)] = null;
        if (leaf.Occupied == 0)
        {
            _far[number >> FanoutBits] = null;
            _summary &= ~(1UL << (number >> FanoutBits));
            pool.Return(leaf);
        }
    }
}
