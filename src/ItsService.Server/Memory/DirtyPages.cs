using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Server.Memory;

/// <summary>
/// The 4 KiB pages of guest memory that the interrupt controller has written, until somebody has fetched them. What an
/// answer told is kept until the next request says that it has arrived.
/// </summary>
/// <remarks>
/// A bit for each page, in words of 64 where there are any. A guest chooses where its controller writes, so that there
/// are at most so many words: where more are needed a bit stands for two pages, then for four. What is told then has
/// more pages than were written, and never fewer.
/// </remarks>
internal sealed class DirtyPages
{
    /// <summary>The size of a page.</summary>
    public const int PageSizeBytes = 4096;

    /// <summary>The most words: they take a megabyte and a half.</summary>
    public const int WordsMax = 16_384;

    private const int PagesPerWord = 64;

    private readonly SortedDictionary<ulong, ulong> _untold = [];
    private readonly List<GuestRange> _told = [];
    private ulong _lastWord = ulong.MaxValue;
    private ulong _lastBits;

    // A bit stands for two to the power of this many pages.
    private int _shift;

    /// <summary>The number of the last answer.</summary>
    public ulong LastAnswer { get; private set; }

    /// <summary>Whether there is something that no answer has told yet.</summary>
    public bool HasUntold => _untold.Count > 0;

    /// <summary>How many words there are.</summary>
    public int WordCount => _untold.Count;

    private ulong BytesPerBit => (ulong)PageSizeBytes << _shift;

    /// <summary>Notes a write.</summary>
    public void Add(GuestAddress address, int lengthBytes)
    {
        if (lengthBytes > 0)
        {
            Add(address, (ulong)lengthBytes);
        }
    }

    /// <summary>Notes pages by their numbers, which ascend: as many at a time as a word has.</summary>
    public void AddPages(ReadOnlySpan<ulong> numbers)
    {
        for (var at = 0; at < numbers.Length;)
        {
            var (word, bits) = ((numbers[at] >> _shift) / PagesPerWord, 0UL);
            for (; at < numbers.Length && (numbers[at] >> _shift) / PagesPerWord == word; at++)
            {
                bits |= 1UL << (int)((numbers[at] >> _shift) % PagesPerWord);
            }

            AddBits(word, bits);
        }
    }

    /// <summary>
    /// Hands out at most so many ranges, in ascending order. What the answer before told is forgotten when
    /// <paramref name="received"/> is its number, and is handed out again when not.
    /// </summary>
    public IReadOnlyList<GuestRange> Take(ulong received, int rangesMax)
    {
        if (received != LastAnswer)
        {
            _told.ForEach(range => Add(range.Start, range.LengthBytes));
        }
        else if (!HasUntold)
        {
            _shift = 0;
        }

        _told.Clear();
        LastAnswer++;
        while (_told.Count < rangesMax && HasUntold)
        {
            TakeWord(rangesMax);
        }

        return _told;
    }

    private void Add(GuestAddress address, ulong lengthBytes)
    {
        // The size of a bit may change meanwhile.
        for (var at = address.Value; ;)
        {
            AddBit(at / BytesPerBit);
            var next = ((at / BytesPerBit) + 1) * BytesPerBit;
            if (next - address.Value >= lengthBytes)
            {
                return;
            }

            at = next;
        }
    }

    private void AddBit(ulong number)
    {
        var (word, bit) = (number / PagesPerWord, 1UL << (int)(number % PagesPerWord));
        if (word == _lastWord && (_lastBits & bit) != 0)
        {
            return;
        }

        AddBits(word, bit);
    }

    private void AddBits(ulong word, ulong added)
    {
        _untold.TryGetValue(word, out var bits);
        _untold[word] = bits | added;
        (_lastWord, _lastBits) = (word, bits | added);
        while (_untold.Count > WordsMax)
        {
            Coarsen();
        }
    }

    /// <summary>Two words become one.</summary>
    private void Coarsen()
    {
        var before = _untold.ToArray();
        _untold.Clear();
        _shift++;
        _lastWord = ulong.MaxValue;
        foreach (var (word, bits) in before)
        {
            var half = 0UL;
            for (var bit = 0; bit < PagesPerWord / 2; bit++)
            {
                half |= ((bits >> (2 * bit)) & 3) != 0 ? 1UL << bit : 0;
            }

            _untold.TryGetValue(word / 2, out var whole);
            _untold[word / 2] = whole | (word % 2 == 0 ? half : half << (PagesPerWord / 2));
        }
    }

    private void TakeWord(int rangesMax)
    {
        var (word, bits) = _untold.First();
        while (bits != 0 && _told.Count < rangesMax)
        {
            var first = BitOperations.TrailingZeroCount(bits);
            var count = BitOperations.TrailingZeroCount(~(bits >> first));
            count = Math.Min(count, PagesPerWord - first);
            bits &= count == PagesPerWord ? 0 : ~(((1UL << count) - 1) << first);
            Tell(((word * PagesPerWord) + (ulong)first) * BytesPerBit, (ulong)count * BytesPerBit);
        }

        _lastWord = ulong.MaxValue;
        if (bits == 0)
        {
            _untold.Remove(word);
        }
        else
        {
            _untold[word] = bits;
        }
    }

    /// <summary>Ranges of two words that follow one another are one.</summary>
    private void Tell(ulong address, ulong lengthBytes)
    {
        if (_told.Count > 0 && _told[^1] is var before && before.Start.Value + before.LengthBytes == address)
        {
            _told[^1] = new GuestRange(before.Start, before.LengthBytes + lengthBytes);
        }
        else
        {
            _told.Add(new GuestRange(new GuestAddress(address), lengthBytes));
        }
    }
}
