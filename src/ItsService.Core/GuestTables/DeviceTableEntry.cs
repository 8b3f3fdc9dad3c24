using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.GuestTables;

/// <summary>
/// A mapped device in the guest's device table (a DTE), ABI revision 0 (tables 6.1):
/// <c>63 Valid | 62:49 next | 48:5 ITT_addr[51:8] | 4:0 Size (EventID bits minus one)</c>
/// </summary>
internal readonly record struct DeviceTableEntry(ulong Raw)
{
    public const int SizeBytes = 8;

    /// <summary>The largest distance that <c>next</c> holds; a larger one is written as this.</summary>
    public const uint NextMax = (1 << 14) - 1;

    private const int AddressShift = 8 - 5;

    public DeviceTableEntry(GuestAddress ittAddress, int eventIdBits, uint next)
        : this(Bits.Mask(63, 63)
            | ((ulong)Math.Min(next, NextMax) << 49)
            | ((ittAddress.Value & Bits.Mask(51, 8)) >> AddressShift)
            | (uint)(eventIdBits - 1))
    {
    }

    public bool IsValid => Raw.Bit(63);

    /// <summary>How far the next entry is, in DeviceIDs; 0 for the last one.</summary>
    public uint Next => (uint)Raw.Field(62, 49);

    public GuestAddress IttAddress => new((Raw & Bits.Mask(48, 5)) << AddressShift);

    public int EventIdBits => (int)Raw.Field(4, 0) + 1;
}
