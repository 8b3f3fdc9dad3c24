using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Memory;

/// <summary>
/// Guest RAM on the heap. Regions begin as zeros and cost memory, a page at a time, only where something other than
/// zero was written.
/// </summary>
public sealed class SparseGuestMemory : IGuestMemory
{
    /// <summary>The unit in which memory is spent.</summary>
    public const int PageSizeBytes = 4096;

    private readonly Dictionary<ulong, Page> _pages = [];
    private readonly long _pageCountMax;
    private MemoryRegion[] _regions;

    // How many times pages were handed out. A page that is older than that belongs to others as well.
    private long _age;

    /// <param name="regions">Where RAM is. They must not overlap.</param>
    /// <param name="residentBytesMax">How many bytes may be spent; a write that would need more faults.</param>
    public SparseGuestMemory(IEnumerable<MemoryRegion> regions, long residentBytesMax = long.MaxValue)
    {
        _regions = [.. regions];
        _pageCountMax = residentBytesMax / PageSizeBytes;
    }

    /// <summary>The regions, in the order in which they were added.</summary>
    public IReadOnlyList<MemoryRegion> Regions => _regions;

    /// <summary>Bytes of host memory in use for guest bytes.</summary>
    public long ResidentBytes => (long)_pages.Count * PageSizeBytes;

    /// <inheritdoc/>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        if (!IsBacked(new GuestRange(address, (ulong)destination.Length), forWriting: false))
        {
            return MemoryOutcome.Fault;
        }

        while (!destination.IsEmpty)
        {
            var offset = (int)(address.Value % PageSizeBytes);
            var count = Math.Min(destination.Length, PageSizeBytes - offset);
            if (_pages.TryGetValue(address.Value / PageSizeBytes, out var page))
            {
                page.Bytes.AsSpan(offset, count).CopyTo(destination);
            }
            else
            {
                destination[..count].Clear();
            }

            destination = destination[count..];
            address += (ulong)count;
        }

        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source) =>
        IsBacked(new GuestRange(address, (ulong)source.Length), forWriting: true) && TryStore(address, source)
            ? MemoryOutcome.Ok
            : MemoryOutcome.Fault;

    /// <summary>
    /// Writes for somebody other than the guest, who may write read-only regions. False when the range is not wholly in
    /// regions, or the bytes that may be spent do not suffice; nothing is written then.
    /// </summary>
    public bool TryWriteAnyRegion(GuestAddress address, ReadOnlySpan<byte> source) =>
        IsBacked(new GuestRange(address, (ulong)source.Length), forWriting: false) && TryStore(address, source);

    /// <summary>
    /// Takes the memory that writes with <see cref="TryWriteAnyRegion"/> will need, for all or none of them, so that
    /// none of them fails later. False when the bytes that may be spent do not suffice.
    /// </summary>
    public bool TryReserve(IEnumerable<(GuestAddress Address, ReadOnlyMemory<byte> Source)> writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        List<ulong>? added = null;
        foreach (var (address, source) in writes)
        {
            if (!TryAddPages(address, source.Span, ref added))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Hands out all pages as they are now, in no order. No byte is copied for it: a page that is written afterwards is
    /// replaced by a copy first, once, and the one that was handed out stays as it is.
    /// </summary>
    public SharedPage[] SharePages()
    {
        var shared = new SharedPage[_pages.Count];
        var count = 0;
        foreach (var (number, page) in _pages)
        {
            shared[count++] = new SharedPage(number, page.Bytes);
        }

        _age++;
        return shared;
    }

    /// <summary>Whether the range is wholly inside regions, read-only ones included.</summary>
    public bool IsRam(GuestRange range) => IsBacked(range, forWriting: false);

    /// <inheritdoc/>
    public MemoryOutcome ProbeForWriting(GuestRange range) =>
        IsBacked(range, forWriting: true) ? MemoryOutcome.Ok : MemoryOutcome.Fault;

    /// <summary>
    /// Puts <paramref name="regions"/> in place of the present ones. Bytes outside all new regions are lost: a host
    /// that removes a region and adds it again as zeros calls this twice.
    /// </summary>
    public void ReplaceRegions(IEnumerable<MemoryRegion> regions)
    {
        _regions = [.. regions];
        foreach (var pageNumber in _pages.Keys.ToArray())
        {
            var page = new GuestRange(new GuestAddress(pageNumber * PageSizeBytes), PageSizeBytes);
            if (!IsBacked(page, forWriting: false))
            {
                _pages.Remove(pageNumber);
            }
        }
    }

    private bool IsBacked(GuestRange range, bool forWriting)
    {
        if (range.Wraps)
        {
            return false;
        }

        // Regions that meet are one stretch of RAM to a guest, so a range may run from one into the next.
        while (FindRegion(range.Start) is { } region && !(forWriting && region.IsReadOnly))
        {
            var left = region.Range.LengthBytes - (range.Start.Value - region.Range.Start.Value);
            if (range.LengthBytes <= left)
            {
                return true;
            }

            range = new GuestRange(range.Start + left, range.LengthBytes - left);
        }

        return false;
    }

    private MemoryRegion? FindRegion(GuestAddress address)
    {
        foreach (ref readonly var region in _regions.AsSpan())
        {
            if (region.Range.Contains(address))
            {
                return region;
            }
        }

        return null;
    }

    private bool TryStore(GuestAddress address, ReadOnlySpan<byte> source)
    {
        // All pages are there before the first byte is copied, so that a write is done wholly or not at all.
        List<ulong>? added = null;
        if (!TryAddPages(address, source, ref added))
        {
            return false;
        }

        while (!source.IsEmpty)
        {
            var offset = (int)(address.Value % PageSizeBytes);
            var count = Math.Min(source.Length, PageSizeBytes - offset);
            ref var page = ref CollectionsMarshal.GetValueRefOrNullRef(_pages, address.Value / PageSizeBytes);
            if (!Unsafe.IsNullRef(ref page))
            {
                source[..count].CopyTo(Own(ref page).AsSpan(offset, count));
            }

            source = source[count..];
            address += (ulong)count;
        }

        return true;
    }

    // The bytes of a page that may be written: a copy, where others have it.
    private byte[] Own(ref Page page)
    {
        if (page.Age != _age)
        {
            page = new Page(page.Bytes.AsSpan().ToArray(), _age);
        }

        return page.Bytes;
    }

    // Adds the pages that are missing, and notes them in `added`; removes all that is noted there when one is too many.
    private bool TryAddPages(GuestAddress address, ReadOnlySpan<byte> source, ref List<ulong>? added)
    {
        while (!source.IsEmpty)
        {
            var count = Math.Min(source.Length, PageSizeBytes - (int)(address.Value % PageSizeBytes));
            var pageNumber = address.Value / PageSizeBytes;
            // Zeros need no page where there is none: that is what an absent page reads as.
            if (source[..count].ContainsAnyExcept((byte)0) && !_pages.ContainsKey(pageNumber))
            {
                if (_pages.Count >= _pageCountMax)
                {
                    added?.ForEach(number => _pages.Remove(number));
                    return false;
                }

                CollectionsMarshal.GetValueRefOrAddDefault(_pages, pageNumber, out _) =
                    new Page(new byte[PageSizeBytes], _age);
                (added ??= []).Add(pageNumber);
            }

            source = source[count..];
            address += (ulong)count;
        }

        return true;
    }

    /// <param name="Bytes">What it holds.</param>
    /// <param name="Age">How many times pages had been handed out when it was made.</param>
    private readonly record struct Page(byte[] Bytes, long Age);
}
