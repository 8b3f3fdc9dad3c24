using ItsService.Core.Explanation;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// What the controller remembers of an LPI beside its configuration: whether that was ever read, whether events map the
/// LPI and through which collection, and where it is pending. Packed as
/// <c>31 ConfigurationKnown | 30 Mapped | 29 Shared | 28:19 Place | 18:16 ITS | 15:0 ICID</c>. Place is 1..512 for the
/// vCPU with the number one less, and 513 for several vCPUs. The other values are for nowhere: 0 since the LPI never
/// was, 514 and 515 since it was and how that ended (<see cref="PendingEnd"/>), and 516 since nobody knows. An LPI that
/// no event maps and that is pending nowhere has no record: all bits are 0.
/// </summary>
internal readonly record struct LpiRecord(uint Raw)
{
    private const uint Known = 1u << 31;
    private const uint Mapped = 1u << 30;
    private const uint Shared = 1u << 29;
    private const int PlaceHigh = 28;
    private const int PlaceLow = 19;
    private const uint PlaceMask = ((1u << (PlaceHigh - PlaceLow + 1)) - 1) << PlaceLow;
    private const uint Several = VirtualGicConfiguration.VcpuCountMax + 1;
    private const uint Unknown = (uint)PendingEnd.TakenAway + 1;
    private const int ItsShift = 16;
    private const uint OwnerMask = 0x7_FFFF;

    /// <summary>Whether an event maps it or it is pending somewhere.</summary>
    public bool IsPresent => IsMapped || IsPending;

    /// <summary>Whether its configuration has been read. Until then it is disabled.</summary>
    public bool IsConfigurationKnown => (Raw & Known) != 0;

    public bool IsMapped => (Raw & Mapped) != 0;

    /// <summary>Whether more than one event maps it, which software must not do.</summary>
    public bool IsShared => (Raw & Shared) != 0;

    /// <summary>Of a mapped LPI: the number of the ITS whose command gave it its collection last.</summary>
    public int Its => (int)((ulong)Raw).Field(18, 16);

    /// <summary>Of a mapped LPI: the collection that it was given last.</summary>
    public CollectionId Collection => new(Raw & 0xFFFF);

    // 1..513 in one comparison.
    public bool IsPending => unchecked(Place - 1) < Several;

    public bool IsPendingAtSeveral => Place == Several;

    /// <summary>Where it is pending, when that is one vCPU's redistributor.</summary>
    public VcpuIndex PendingAt => new((int)Place - 1);

    /// <summary>Of a present LPI: whether it is pending, or was since an event maps it.</summary>
    public PendingHistory History => Place switch
    {
        0 => PendingHistory.Never,
        (uint)PendingEnd.Acknowledged => PendingHistory.Acknowledged,
        (uint)PendingEnd.TakenAway => PendingHistory.TakenAway,
        Unknown => PendingHistory.Unknown,
        _ => PendingHistory.Pending,
    };

    private uint Place => (uint)((ulong)Raw).Field(PlaceHigh, PlaceLow);

    /// <summary>What two LPIs of one collection have in common.</summary>
    public LpiRecord OwnerOnly() => new(Raw & (Mapped | OwnerMask));

    public LpiRecord WithConfiguration() => new(Raw | Known);

    public LpiRecord WithOwner(int itsNumber, CollectionId collection) =>
        new((Raw & ~OwnerMask) | Mapped | ((uint)itsNumber << ItsShift) | collection.Value);

    public LpiRecord WithoutOwner() => new(Raw & ~(Mapped | Shared | OwnerMask));

    public LpiRecord WithShared(bool value) => new(value ? Raw | Shared : Raw & ~Shared);

    public LpiRecord PendingNowhere(PendingEnd end) => new((Raw & ~PlaceMask) | ((uint)end << PlaceLow));

    /// <summary>Of one that is pending nowhere: whether it ever was is not known.</summary>
    public LpiRecord WithHistoryUnknown() => new((Raw & ~PlaceMask) | (Unknown << PlaceLow));

    public LpiRecord PendingOnlyAt(VcpuIndex vcpu) =>
        new((Raw & ~PlaceMask) | ((uint)(vcpu.Value + 1) << PlaceLow));

    public LpiRecord PendingAtSeveral() => new((Raw & ~PlaceMask) | (Several << PlaceLow));
}
