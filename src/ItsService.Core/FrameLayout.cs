using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core;

/// <summary>Where the controller's frames lie in guest physical memory. What is absent is not placed yet.</summary>
public sealed record FrameLayout
{
    /// <summary>Every frame's base is a multiple of this.</summary>
    public const ulong AlignmentBytes = 0x10000;

    /// <summary>The distributor, 64 KiB.</summary>
    public GuestAddress? Distributor { get; init; }

    /// <summary>
    /// The redistributors, filled in the order of the vCPUs' indexes. There may be room for more than there are vCPUs.
    /// </summary>
    public IReadOnlyList<RedistributorRegion> RedistributorRegions { get; init; } = [];

    /// <summary>The ITSs by number; shorter than their count when the last ones are not placed.</summary>
    public IReadOnlyList<GuestAddress?> ItsBases { get; init; } = [];

    /// <summary>The frame and offset at <paramref name="address"/>, or null where no frame is.</summary>
    public FrameLocation? Locate(GuestAddress address)
    {
        if (Distributor is { } distributor && Covers(distributor, GicdMap.FrameSizeBytes, address, out var offset))
        {
            return new FrameLocation(FrameKind.Gicd, 0, offset);
        }

        for (var number = 0; number < ItsBases.Count; number++)
        {
            if (ItsBases[number] is { } itsBase && Covers(itsBase, GitsMap.FrameSizeBytes, address, out offset))
            {
                return new FrameLocation(FrameKind.Gits, number, offset);
            }
        }

        var first = 0;
        foreach (var region in RedistributorRegions)
        {
            if (region.Range.Contains(address))
            {
                var byteInRegion = address.Value - region.Base.Value;
                return new FrameLocation(
                    FrameKind.Gicr,
                    first + (int)(byteInRegion / GicrMap.FrameSizeBytes),
                    (int)(byteInRegion % GicrMap.FrameSizeBytes));
            }

            first += region.Count;
        }

        return null;
    }

    /// <summary>Where the vCPU's RD_base frame lies, or null while it is not placed.</summary>
    public GuestAddress? RedistributorBase(VcpuIndex vcpu)
    {
        var number = vcpu.Value;
        foreach (var region in RedistributorRegions)
        {
            if (number < region.Count)
            {
                return region.Base + ((ulong)number * GicrMap.FrameSizeBytes);
            }

            number -= region.Count;
        }

        return null;
    }

    /// <summary>Whether the vCPU's redistributor fills its region to the end.</summary>
    public bool IsLastOfRegion(VcpuIndex vcpu)
    {
        var remaining = vcpu.Value;
        foreach (var region in RedistributorRegions)
        {
            if (remaining < region.Count)
            {
                return remaining == region.Count - 1;
            }

            remaining -= region.Count;
        }

        return false;
    }

    /// <summary>
    /// The number of the redistributor whose RD_base frame is at <paramref name="address"/>, or null.
    /// </summary>
    public VcpuIndex? RedistributorAt(GuestAddress address) =>
        Locate(address) is { Frame: FrameKind.Gicr, Offset: 0 } location ? new VcpuIndex(location.Index) : null;

    private static bool Covers(GuestAddress frame, int sizeBytes, GuestAddress address, out int offset)
    {
        var difference = unchecked(address.Value - frame.Value);
        offset = (int)difference;
        return difference < (ulong)sizeBytes;
    }
}
