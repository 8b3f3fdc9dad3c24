using System.Numerics;
using System.Runtime.CompilerServices;

namespace ItsService.Core.Redistributors;

/// <summary>
/// 4,096 bits of an <see cref="IntIdBitmap"/> in one object, with a summary that tells which words are not zero.
/// </summary>
internal sealed class IntIdChunk
{
    public const int SizeBits = 12;
    public const int MemberCount = 1 << SizeBits;

    private const int WordBits = 6;
    private const int WordCount = 1 << (SizeBits - WordBits);

    private ulong _summary;
    private Words _words;

    /// <summary>The next one in <see cref="IntIdChunkPool"/>.</summary>
    public IntIdChunk? NextFree { get; set; }

    public bool IsEmpty => _summary == 0;

    /// <summary>The lowest member. The chunk must not be empty.</summary>
    public uint First
    {
        get
        {
            var word = BitOperations.TrailingZeroCount(_summary);
            return (uint)((word << WordBits) | BitOperations.TrailingZeroCount(_words[word & (WordCount - 1)]));
        }
    }

    public bool Contains(uint offset) => (_words[WordOf(offset)] & BitOf(offset)) != 0;

    /// <summary>Adds a member; false when it was one.</summary>
    public bool Add(uint offset)
    {
        ref var word = ref _words[WordOf(offset)];
        var before = word;
        word |= BitOf(offset);
        _summary |= 1UL << WordOf(offset);
        return word != before;
    }

    /// <summary>Removes a member; false when it was none.</summary>
    public bool Remove(uint offset)
    {
        ref var word = ref _words[WordOf(offset)];
        if ((word & BitOf(offset)) == 0)
        {
            return false;
        }

        word &= ~BitOf(offset);
        if (word == 0)
        {
            _summary &= ~(1UL << WordOf(offset));
        }

        return true;
    }

    /// <summary>The lowest member at or above <paramref name="from"/>.</summary>
    public bool TryNext(uint from, out uint member)
    {
        var word = WordOf(from);
        var rest = _words[word] & (ulong.MaxValue << (int)(from & (WordCount - 1)));
        if (rest == 0)
        {
            var above = word == WordCount - 1 ? 0 : _summary & (ulong.MaxValue << (word + 1));
            if (above == 0)
            {
                member = 0;
                return false;
            }

            word = BitOperations.TrailingZeroCount(above);
            rest = _words[word & (WordCount - 1)];
        }

        member = (uint)((word << WordBits) | BitOperations.TrailingZeroCount(rest));
        return true;
    }

    public void Clear()
    {
        _summary = 0;
        _words = default;
    }

    private static int WordOf(uint offset) => (int)(offset >> WordBits) & (WordCount - 1);

    private static ulong BitOf(uint offset) => 1UL << (int)(offset & 63);

    [InlineArray(WordCount)]
    private struct Words
    {
        private ulong _first;
    }
}
