using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// A set of INTIDs up to 24 bits wide that finds its lowest member without scanning: four levels of 64-bit words, each
/// bit of an upper level telling whether the word below is not empty. Memory is spent in chunks of 4,096 INTIDs and
/// only where members are; the array of chunks reaches as far as the highest INTID ever did.
/// </summary>
internal sealed class IntIdBitmap(IntIdChunkPool pool)
{
    private const int WidthBits = 24;
    private const int ChunkCountMax = 1 << (WidthBits - IntIdChunk.SizeBits);
    private const int ChunkCountMin = 16;
    private const int Fanout = 64;
    private const int FanoutBits = 6;
    private const uint OffsetMask = IntIdChunk.MemberCount - 1;

    private IntIdChunk?[] _chunks = [];
    private ulong[] _occupied = [];
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
        var number = (word << FanoutBits) | BitOperations.TrailingZeroCount(_occupied[word]);
        return new IntId(((uint)number << IntIdChunk.SizeBits) | _chunks[number]!.First);
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
        next = number < 0 ? default : new IntId(((uint)number << IntIdChunk.SizeBits) | _chunks[number]!.First);
        return number >= 0;
    }

    /// <summary>Removes all members, and gives their memory back.</summary>
    public void Clear()
    {
        for (var number = NextOccupied(0); number >= 0; number = NextOccupied((uint)number + 1))
        {
            var chunk = _chunks[number]!;
            chunk.Clear();
            pool.Return(chunk);
        }

        _chunks = [];
        _occupied = [];
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

    private IntIdChunk? Find(IntId intId)
    {
        var chunks = _chunks;
        var number = intId.Value >> IntIdChunk.SizeBits;
        return number < (uint)chunks.Length ? chunks[number] : null;
    }

    /// <summary>The first chunk with members at or above a number, or -1.</summary>
    private int NextOccupied(uint number)
    {
        var word = (int)(number >> FanoutBits);
        if (word >= _occupied.Length)
        {
            return -1;
        }

        var rest = _occupied[word] & (ulong.MaxValue << (int)(number & (Fanout - 1)));
        if (rest == 0)
        {
            var above = word == Fanout - 1 ? 0 : _summary & (ulong.MaxValue << (word + 1));
            if (above == 0)
            {
                return -1;
            }

            word = BitOperations.TrailingZeroCount(above);
            rest = _occupied[word];
        }

        return (word << FanoutBits) | BitOperations.TrailingZeroCount(rest);
    }

    private IntIdChunk AddChunk(int number)
    {
        if (number >= _chunks.Length)
        {
            var length = (int)BitOperations.RoundUpToPowerOf2((uint)number + 1);
            length = Math.Clamp(length, ChunkCountMin, ChunkCountMax);
            Array.Resize(ref _chunks, length);
            Array.Resize(ref _occupied, (length + Fanout - 1) / Fanout);
        }

        var chunk = pool.Rent();
        _chunks[number] = chunk;
        _occupied[number >> FanoutBits] |= 1UL << (number & (Fanout - 1));
        _summary |= 1UL << (number >> FanoutBits);
        return chunk;
    }

    private void RetireChunk(int number, IntIdChunk chunk)
    {
        _chunks[number] = null;
        ref var occupied = ref _occupied[number >> FanoutBits];
        occupied &= ~(1UL << (number & (Fanout - 1)));
        if (occupied == 0)
        {
            _summary &= ~(1UL << (number >> FanoutBits));
        }

        pool.Return(chunk);
    }
}
