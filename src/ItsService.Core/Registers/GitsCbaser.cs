using ItsService.Core.Identifiers;

namespace ItsService.Core.Registers;

/// <summary>
/// GITS_CBASER, the command queue's place:
/// <c>63 Valid | 61:59 InnerCache | 55:53 OuterCache | 51:12 Physical_Address | 11:10 Shareability | 7:0 Size</c>
/// </summary>
internal readonly record struct GitsCbaser(ulong Raw)
{
    public static readonly ulong WritableMask =
        Bits.Mask(63, 63) | Bits.Mask(61, 59) | Bits.Mask(55, 53) | Bits.Mask(51, 10) | Bits.Mask(7, 0);

    public bool Valid => Raw.Bit(63);

    /// <summary>The base. A queue lies at a multiple of 64 KiB (8.1), so bits [15:12] take no part.</summary>
    public GuestAddress Address => new(Raw & Bits.Mask(51, 16));

    /// <summary>The manual's Size field is the number of 4 KiB pages minus one.</summary>
    public ulong SizeBytes => (Raw.Field(7, 0) + 1) * 4096;

    /// <summary>The value as stored: a base that is not 64 KiB aligned loses its low bits.</summary>
    public GitsCbaser Sanitized(MemoryAttributePolicy policy) =>
        new(policy.Sanitize(Raw & ~Bits.Mask(15, 12), MemoryAttributes.OfGits));
}
