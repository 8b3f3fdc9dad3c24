using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// What the controller remembers of an LPI beside its configuration: whether that was ever read, whether events map the
/// LPI and through which collection, and where it is pending. Packed as
/// <c>31 ConfigurationKnown | 30 Mapped | 29 Shared | 28:19 Place | 18:16 ITS | 15:0 ICID</c>. Place is 0 for nowhere,
/// 1..512 for the vCPU with the number one less, and 513 for several vCPUs. An LPI that no event maps and that is
/// pending nowhere has no record: all bits are 0.
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
    private const int ItsShift = 16;
    private const uint OwnerMask = 0x7_FFFF;

    /// <summary>Whether an event maps it or it is pending somewhere.</summary>
    public bool IsPresent => (Raw & (Mapped | PlaceMask)) != 0;

    /// <summary>Whether its configuration has been read. Until then it is disabled.</summary>
    public bool IsConfigurationKnown => (Raw & Known) != 0;

    public bool IsMapped => (Raw & Mapped) != 0;

    /// <summary>Whether more than one event maps it, which software must not do.</summary>
    public bool IsShared => (Raw & Shared) != 0;

    /// <summary>Of a mapped LPI: the number of the ITS whose command gave it its collection last.</summary>
    public int Its => (int)((ulong)Raw).Field(18, 16);

    /// <summary>Of a mapped LPI: the collection that it was given last.</summary>
    public CollectionId Collection => new(Raw & 0xFFFF);

    public bool IsPending => (Raw & PlaceMask) != 0;

    public bool IsPendingAtSeveral => Place == Several;

    /// <summary>Where it is pending, when that is one vCPU's redistributor.</summary>
    public VcpuIndex PendingAt => new((int)Place - 1);

    private uint Place => (uint)((ulong)Raw).Field(PlaceHigh, PlaceLow);

    /// <summary>What two LPIs of one collection have in common.</summary>
    public LpiRecord OwnerOnly() => new(Raw & (Mapped | OwnerMask));

    public LpiRecord WithConfiguration() => new(Raw | Known);

    public LpiRecord WithOwner(int itsNumber, CollectionId collection) =>
        new((Raw & ~OwnerMask) | Mapped | ((uint)itsNumber << ItsShift) | collection.Value);

    public LpiRecord WithoutOwner() => new(Raw & ~(Mapped | Shared | OwnerMask));

    public LpiRecord WithShared(bool value) => new(value ? Raw | Shared : Raw & ~Shared);

    public LpiRecord PendingNowhere() => new(Raw & ~PlaceMask);

    public LpiRecord PendingOnlyAt(VcpuIndex vcpu) =>
        new((Raw & ~PlaceMask) | ((uint)(vcpu.Value + 1) << PlaceLow));

    public LpiRecord PendingAtSeveral() => new((Raw & ~PlaceMask) | (Several << PlaceLow));
}
