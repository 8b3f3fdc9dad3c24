using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Errors;

namespace ItsService.Server.Memory;

/// <summary>
/// Guest RAM of one VM that the service owns, within what the VM may spend and what all of them together may. To its
/// guest it is memory that cannot be written where it would need a page more than that.
/// </summary>
/// <param name="regions">Where RAM is. They must not overlap.</param>
/// <param name="limits">What one VM may spend.</param>
/// <param name="budget">What all of them may.</param>
/// <param name="dirty">Takes what the controller writes; null where nobody asks for it.</param>
internal sealed class HostedMemory(
    IEnumerable<MemoryRegion> regions,
    ItsServerLimits limits,
    HostedMemoryBudget budget,
    DirtyPages? dirty = null) : IGuestMemory
{
    private SparseGuestMemory _bytes = new(regions);
    private readonly long _pageCountMax = limits.HostedMemoryBytesPerVmMax / SparseGuestMemory.PageSizeBytes;

    // The pages that hold something: those that have been taken from the budget.
    private HashSet<ulong> _pages = [];

    /// <summary>The regions, in the order in which they were added.</summary>
    public IReadOnlyList<MemoryRegion> Regions => _bytes.Regions;

    /// <inheritdoc/>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination) => _bytes.Read(address, destination);

    /// <inheritdoc/>
    public MemoryOutcome ProbeForWriting(GuestRange range) => _bytes.ProbeForWriting(range);

    /// <inheritdoc/>
    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var probed = ProbeForWriting(new GuestRange(address, (ulong)source.Length));
        if (!probed.IsOk || !TryTakePages(address, source))
        {
            return MemoryOutcome.Fault;
        }

        dirty?.Add(address, source.Length);
        return _bytes.Write(address, source);
    }

    /// <summary>Whether the range is wholly inside regions, read-only ones included.</summary>
    public bool IsRam(GuestRange range) => _bytes.IsRam(range);

    /// <summary>
    /// Writes for somebody other than the guest, who may write read-only regions. False when the range is not wholly in
    /// regions, or what may be spent does not suffice; nothing is written then.
    /// </summary>
    public bool TryWriteAnyRegion(GuestAddress address, ReadOnlySpan<byte> source) =>
        IsRam(new GuestRange(address, (ulong)source.Length))
        && TryTakePages(address, source)
        && _bytes.TryWriteAnyRegion(address, source);

    /// <summary>
    /// Takes what writes inside regions with <see cref="TryWriteAnyRegion"/> will need, for all or none of them, so
    /// that none of them fails later. False when what may be spent does not suffice.
    /// </summary>
    public bool TryReserve(IEnumerable<(GuestAddress Address, ReadOnlyMemory<byte> Source)> writes)
    {
        List<ulong>? added = null;
        foreach (var (address, source) in writes)
        {
            AddMissing(address, source.Span, ref added);
        }

        return TryTake(added);
    }

    /// <summary>The same for one write.</summary>
    public bool TryReserve(GuestAddress address, ReadOnlySpan<byte> source) => TryTakePages(address, source);

    /// <summary>
    /// Puts <paramref name="regions"/> in place of the present ones. Bytes outside all new regions are lost.
    /// </summary>
    public void ReplaceRegions(IEnumerable<MemoryRegion> regions)
    {
        _bytes.ReplaceRegions(regions);
        budget.GiveBack(_pages.RemoveWhere(number => !IsRam(PageAt(number))));
    }

    /// <summary>
    /// Room for an image of what it holds, which may become a copy of all of it; null when what all VMs together may
    /// spend does not suffice.
    /// </summary>
    public CopyRoom? TryTakeRoom() => CopyRoom.TryTake(budget, _pages.Count);

    /// <summary>An image of what it holds, in room that was taken; null where that has become too small.</summary>
    public MemoryImage? TryTakeImage(CopyRoom room) =>
        room.TryHandOver(_pages.Count) ? new MemoryImage(_bytes.SharePages(), budget, _pages.Count) : null;

    /// <summary>Why there is no image.</summary>
    public Problem NoRoomForCopy() => new(
        V1.ErrorReason.LimitExceeded, "",
        $"a copy of the VM's {_pages.Count} pages of hosted memory is more than is left of what there may be")
    {
        Accepted = $"at most {limits.HostedMemoryBytesMax} bytes for all VMs and copies together, of which copies"
            + " leave a sixteenth",
    };

    /// <summary>
    /// Puts what <paramref name="other"/> holds in place of what this one does, which it loses. Its regions must be the
    /// same. Nothing is spent for it: the pages change hands. Both the old and the new ones are dirty then.
    /// </summary>
    public void TakeOver(HostedMemory other)
    {
        ulong[] changed = [.. _pages, .. other._pages];
        Array.Sort(changed);
        dirty?.AddPages(changed);
        budget.GiveBack(_pages.Count);
        (_bytes, _pages) = (other._bytes, other._pages);
        (other._bytes, other._pages) = (new SparseGuestMemory([]), []);
    }

    /// <summary>Gives back all that was taken, when the VM goes.</summary>
    public void Release()
    {
        ReplaceRegions([]);
        _pages.TrimExcess();
    }

    private static GuestRange PageAt(ulong number) => new(
        new GuestAddress(number * SparseGuestMemory.PageSizeBytes), SparseGuestMemory.PageSizeBytes);

    private bool TryTakePages(GuestAddress address, ReadOnlySpan<byte> source)
    {
        List<ulong>? added = null;
        AddMissing(address, source, ref added);
        return TryTake(added);
    }

    // Zeros need no page where there is none: that is what an absent page reads as.
    private void AddMissing(GuestAddress address, ReadOnlySpan<byte> source, ref List<ulong>? added)
    {
        while (!source.IsEmpty)
        {
            var (number, offset) = Math.DivRem(address.Value, (ulong)SparseGuestMemory.PageSizeBytes);
            var count = Math.Min(source.Length, SparseGuestMemory.PageSizeBytes - (int)offset);
            if (source[..count].ContainsAnyExcept((byte)0) && _pages.Add(number))
            {
                (added ??= []).Add(number);
            }

            source = source[count..];
            address += (ulong)count;
        }
    }

    private bool TryTake(List<ulong>? added)
    {
        if (added is null || (_pages.Count <= _pageCountMax && budget.TryTake(added.Count)))
        {
            return true;
        }

        added.ForEach(number => _pages.Remove(number));
        return false;
    }
}
