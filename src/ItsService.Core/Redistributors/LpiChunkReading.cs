using System.Numerics;
using System.Runtime.CompilerServices;

namespace ItsService.Core.Redistributors;

/// <summary>What of one chunk was read from the guest's table and is not in force yet.</summary>
internal sealed class LpiChunkReading(int chunkNumber)
{
    private const int WordBits = 6;
    private const int WordCount = LpiChunk.LpiCount >> WordBits;

    private Words _read;
    private Bytes _configurations;

    public int ChunkNumber { get; } = chunkNumber;

    public void Keep(int index, byte configuration)
    {
        _read[index >> WordBits] |= 1UL << index;
        _configurations[index] = configuration;
    }

    /// <summary>The lowest index at or above <paramref name="from"/> that was read, or -1.</summary>
    public int Next(int from)
    {
        var wanted = ulong.MaxValue << from;
        for (var word = from >> WordBits; word < WordCount; word++)
        {
            var rest = _read[word] & wanted;
            if (rest != 0)
            {
                return (word << WordBits) | BitOperations.TrailingZeroCount(rest);
            }

            wanted = ulong.MaxValue;
        }

        return -1;
    }

    public LpiConfiguration Configuration(int index) => new(_configurations[index]);

    [InlineArray(WordCount)]
    private struct Words
    {
        private ulong _first;
    }

    [InlineArray(LpiChunk.LpiCount)]
    private struct Bytes
    {
        private byte _first;
    }
}
