using System.Runtime.CompilerServices;

namespace ItsService.Core.Redistributors;

/// <summary>64 neighbouring chunks of an <see cref="IntIdBitmap"/> that lie far out, where few are in use.</summary>
internal sealed class IntIdLeaf
{
    public const int ChunkCount = 64;

    private Chunks _chunks;

    /// <summary>The next one in <see cref="IntIdChunkPool"/>.</summary>
    public IntIdLeaf? NextFree { get; set; }

    /// <summary>A bit for each chunk that is there, which is one that has members.</summary>
    public ulong Occupied { get; private set; }

    public IntIdChunk? this[int index]
    {
        get => _chunks[index & (ChunkCount - 1)];
        set
        {
            var bit = 1UL << index;
            Occupied = value is null ? Occupied & ~bit : Occupied | bit;
            _chunks[index & (ChunkCount - 1)] = value;
        }
    }

    [InlineArray(ChunkCount)]
    private struct Chunks
    {
        private IntIdChunk? _first;
    }
}
