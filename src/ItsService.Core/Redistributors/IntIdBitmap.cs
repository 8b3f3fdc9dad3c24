using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// A set of INTIDs up to 24 bits wide that finds its lowest member without scanning: four levels of 64-bit words, each
/// bit of an upper level telling whether the word below is not empty. Memory is spent in chunks of 4,096 INTIDs and
/// only where members are.
/// </summary>
internal sealed class IntIdBitmap
{
    private const int Fanout = 64;
    private const int LevelBits = 6;

    // An LPI that comes and goes alone in its chunk must not allocate each time: a few empty chunks are kept.
    private const int SpareChunksMax = 4;

    private readonly Node?[] _nodes = new Node?[Fanout];
    private readonly Stack<Chunk> _spareChunks = new(0);
    private ulong _summary;

    public int Count { get; private set; }

    public bool IsEmpty => _summary == 0;

    public bool Contains(IntId intId)
    {
        var chunk = _nodes[NodeIndex(intId)]?.Chunks[ChunkIndex(intId)];
        return chunk is not null && (chunk.Words[WordIndex(intId)] & BitOf(intId)) != 0;
    }

    /// <summary>Adds a member; false when it was one.</summary>
    public bool Add(IntId intId)
    {
        var node = _nodes[NodeIndex(intId)] ??= new Node();
        ref var chunkSlot = ref node.Chunks[ChunkIndex(intId)];
        var chunk = chunkSlot ??= _spareChunks.Count > 0 ? _spareChunks.Pop() : new Chunk();
        ref var word = ref chunk.Words[WordIndex(intId)];
        if ((word & BitOf(intId)) != 0)
        {
            return false;
        }

        word |= BitOf(intId);
        chunk.Summary |= 1UL << WordIndex(intId);
        node.Summary |= 1UL << ChunkIndex(intId);
        _summary |= 1UL << NodeIndex(intId);
        Count++;
        return true;
    }

    /// <summary>Removes a member; false when it was none.</summary>
    public bool Remove(IntId intId)
    {
        if (_nodes[NodeIndex(intId)] is not { } node
            || node.Chunks[ChunkIndex(intId)] is not { } chunk
            || (chunk.Words[WordIndex(intId)] & BitOf(intId)) == 0)
        {
            return false;
        }

        Count--;
        if ((chunk.Words[WordIndex(intId)] &= ~BitOf(intId)) == 0
            && (chunk.Summary &= ~(1UL << WordIndex(intId))) == 0)
        {
            RetireChunk(intId, node, chunk);
        }

        return true;
    }

    /// <summary>The lowest member. The set must not be empty.</summary>
    public IntId First()
    {
        var nodeIndex = BitOperations.TrailingZeroCount(_summary);
        var node = _nodes[nodeIndex]!;
        var chunkIndex = BitOperations.TrailingZeroCount(node.Summary);
        var chunk = node.Chunks[chunkIndex]!;
        var wordIndex = BitOperations.TrailingZeroCount(chunk.Summary);
        var bit = BitOperations.TrailingZeroCount(chunk.Words[wordIndex]);
        var chunkNumber = (nodeIndex << LevelBits) | chunkIndex;
        return new IntId((uint)((((chunkNumber << LevelBits) | wordIndex) << LevelBits) | bit));
    }

    /// <summary>Removes all members, and gives their memory back.</summary>
    public void Clear()
    {
        Array.Clear(_nodes);
        _spareChunks.Clear();
        _summary = 0;
        Count = 0;
    }

    /// <summary>The members in ascending order. Do not change the set meanwhile.</summary>
    public IEnumerable<IntId> InOrder()
    {
        for (var nodes = _summary; nodes != 0; nodes &= nodes - 1)
        {
            var nodeIndex = BitOperations.TrailingZeroCount(nodes);
            var node = _nodes[nodeIndex]!;
            for (var chunks = node.Summary; chunks != 0; chunks &= chunks - 1)
            {
                var chunkIndex = BitOperations.TrailingZeroCount(chunks);
                var first = (uint)(((nodeIndex << LevelBits) | chunkIndex) << (2 * LevelBits));
                foreach (var offset in node.Chunks[chunkIndex]!.InOrder())
                {
                    yield return new IntId(first + offset);
                }
            }
        }
    }

    private static int NodeIndex(IntId intId) => (int)(intId.Value >> (3 * LevelBits)) & (Fanout - 1);

    private static int ChunkIndex(IntId intId) => (int)(intId.Value >> (2 * LevelBits)) & (Fanout - 1);

    private static int WordIndex(IntId intId) => (int)(intId.Value >> LevelBits) & (Fanout - 1);

    private static ulong BitOf(IntId intId) => 1UL << (int)(intId.Value & (Fanout - 1));

    private void RetireChunk(IntId intId, Node node, Chunk chunk)
    {
        node.Chunks[ChunkIndex(intId)] = null;
        if (_spareChunks.Count < SpareChunksMax)
        {
            _spareChunks.Push(chunk);
        }

        if ((node.Summary &= ~(1UL << ChunkIndex(intId))) == 0)
        {
            _summary &= ~(1UL << NodeIndex(intId));
        }
    }

    private sealed class Node
    {
        public readonly Chunk?[] Chunks = new Chunk?[Fanout];
        public ulong Summary;
    }

    private sealed class Chunk
    {
        public readonly ulong[] Words = new ulong[Fanout];
        public ulong Summary;

        public IEnumerable<uint> InOrder()
        {
            for (var words = Summary; words != 0; words &= words - 1)
            {
                var wordIndex = BitOperations.TrailingZeroCount(words);
                for (var word = Words[wordIndex]; word != 0; word &= word - 1)
                {
                    yield return (uint)((wordIndex << LevelBits) | BitOperations.TrailingZeroCount(word));
                }
            }
        }
    }
}
