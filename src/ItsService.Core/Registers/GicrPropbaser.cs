using ItsService.Core.Identifiers;

namespace ItsService.Core.Registers;

/// <summary>
/// GICR_PROPBASER, the LPI configuration table's place:
/// <c>58:56 OuterCache | 51:12 Physical_Address | 11:10 Shareability | 9:7 InnerCache | 4:0 IDbits</c>
/// </summary>
internal readonly record struct GicrPropbaser(ulong Raw)
{
    public static readonly ulong WritableMask = Bits.Mask(58, 56) | Bits.Mask(51, 7) | Bits.Mask(4, 0);

    public GuestAddress Address => new(Raw & Bits.Mask(51, 12));

    /// <summary>The manual's IDbits field is the number of INTID bits minus one.</summary>
    public int IntIdBits => (int)Raw.Field(4, 0) + 1;

    /// <summary>The configuration byte of an LPI.</summary>
    public GuestAddress AddressOf(IntId lpi) => Address + (lpi.Value - IntId.FirstLpi);

    public GicrPropbaser Sanitized(MemoryAttributePolicy policy) =>
        new(policy.Sanitize(Raw, MemoryAttributes.OfGicr));
}
