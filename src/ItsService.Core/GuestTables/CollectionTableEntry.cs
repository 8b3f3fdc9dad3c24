using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.GuestTables;

/// <summary>
/// A collection in the guest's collection table (a CTE), ABI revision 0 (tables 6.2):
/// <c>63 Valid | 47:16 RDBase | 15:0 ICID</c>. Entries stand one behind the other; the first that is not valid ends
/// them.
/// </summary>
internal readonly record struct CollectionTableEntry(ulong Raw)
{
    public const int SizeBytes = 8;

    /// <summary>RDBase of a collection that events name and that is not mapped.</summary>
    private const uint NoTarget = uint.MaxValue;

    public CollectionTableEntry(CollectionId collection, VcpuIndex? target)
        : this(Bits.Mask(63, 63) | ((ulong)(target is { } vcpu ? (uint)vcpu.Value : NoTarget) << 16) | collection.Value)
    {
    }

    public bool IsValid => Raw.Bit(63);

    public CollectionId Collection => new((uint)Raw.Field(15, 0));

    public bool HasTarget => Target != NoTarget;

    /// <summary>The number of the vCPU that it targets, if <see cref="HasTarget"/>; any 32 bits.</summary>
    public uint Target => (uint)Raw.Field(47, 16);
}
