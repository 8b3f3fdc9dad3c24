using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// What the controller remembers of an LPI beside its configuration: whether that was ever read, at how many
/// redistributors the LPI is pending, and the collection through which it was last mapped. Packed as
/// <c>31 Present | 30 ConfigurationKnown | 29 Mapped | 28:19 PendingCount | 18:16 ITS | 15:0 ICID</c>.
/// </summary>
internal readonly record struct LpiRecord(uint Raw)
{
    private const uint Present = 1u << 31;
    private const uint Known = 1u << 30;
    private const uint Mapped = 1u << 29;
    private const uint OnePending = 1u << 19;
    private const int ItsShift = 16;
    private const uint OwnerMask = 0x7_FFFF;

    public bool IsPresent => (Raw & Present) != 0;

    /// <summary>Whether the configuration has ever been read. Until then the LPI is disabled.</summary>
    public bool IsConfigurationKnown => (Raw & Known) != 0;

    /// <summary>Whether the LPI is mapped or pending and its configuration could not be read yet.</summary>
    public bool IsUnknown => (Raw & (Present | Known)) == Present;

    /// <summary>Whether an event ever mapped it; one that was only pending in a table has no collection.</summary>
    public bool WasMapped => (Raw & Mapped) != 0;

    /// <summary>The number of the ITS that mapped it.</summary>
    public int Its => (int)((ulong)Raw).Field(18, 16);

    public CollectionId Collection => new(Raw & 0xFFFF);

    /// <summary>At how many redistributors it is pending; there are no more than 512.</summary>
    public int PendingCount => (int)((ulong)Raw).Field(28, 19);

    /// <summary>What two LPIs of one collection have in common.</summary>
    public LpiRecord OwnerOnly => new(Raw & (Present | Mapped | OwnerMask));

    /// <summary>The same as one that is known to exist.</summary>
    public LpiRecord AsPresent() => new(Raw | Present);

    public LpiRecord WithOneMorePending() => new(Raw + OnePending);

    public LpiRecord WithOneLessPending() => new(Raw - OnePending);

    /// <summary>The same with its configuration known.</summary>
    public LpiRecord WithConfiguration() => new(Raw | Present | Known);

    public LpiRecord WithOwner(int itsNumber, CollectionId collection) =>
        new((Raw & ~OwnerMask) | Present | Mapped | ((uint)itsNumber << ItsShift) | collection.Value);
}
