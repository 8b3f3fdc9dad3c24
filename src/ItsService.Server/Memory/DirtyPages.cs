using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Server.Memory;

/// <summary>
/// The 4 KiB pages of guest memory that the interrupt controller has written, until somebody has fetched them. What an
/// answer told is kept until the next request says that it has arrived.
/// </summary>
/// <remarks>
/// A bit for each page, in words of 64 where there are any: a guest chooses where its controller writes, and all of
/// 64 GiB costs a few megabytes.
/// </remarks>
internal sealed class DirtyPages
{
    /// <summary>The size of a page.</summary>
    public const int PageSizeBytes = 4096;

    private const int PagesPerWord = 64;

    private readonly SortedDictionary<ulong, ulong> _untold = [];
    private readonly List<GuestRange> _told = [];
    private ulong _lastWord = ulong.MaxValue;
    private ulong _lastBits;

    /// <summary>The number of the last answer.</summary>
    public ulong LastAnswer { get; private set; }

    /// <summary>Whether there is something that no answer has told yet.</summary>
    public bool HasUntold => _untold.Count > 0;

    /// <summary>Notes a write.</summary>
    public void Add(GuestAddress address, int lengthBytes)
    {
        if (lengthBytes == 0)
        {
            return;
        }

        var last = (address.Value + (ulong)lengthBytes - 1) / PageSizeBytes;
        for (var page = address.Value / PageSizeBytes; page <= last; page++)
        {
            Add(page);
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
            _told.ForEach(range => Add(range.Start, (int)range.LengthBytes));
        }

        _told.Clear();
        LastAnswer++;
        while (_told.Count < rangesMax && HasUntold)
        {
            TakeWord(rangesMax);
        }

        return _told;
    }

    private void Add(ulong page)
    {
        var (word, bit) = (page / PagesPerWord, 1UL << (int)(page % PagesPerWord));
        if (word == _lastWord && (_lastBits & bit) != 0)
        {
            return;
        }

        _untold.TryGetValue(word, out var bits);
        _untold[word] = bits | bit;
        (_lastWord, _lastBits) = (word, bits | bit);
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
            Tell(((word * PagesPerWord) + (ulong)first) * PageSizeBytes, (ulong)count * PageSizeBytes);
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
        if (_told.Count > 0 && _told[^1] is var before && before.Start.Value + before.LengthBytes == address
            && before.LengthBytes + lengthBytes <= int.MaxValue)
        {
            _told[^1] = new GuestRange(before.Start, before.LengthBytes + lengthBytes);
        }
        else
        {
            _told.Add(new GuestRange(new GuestAddress(address), lengthBytes));
        }
    }
}
