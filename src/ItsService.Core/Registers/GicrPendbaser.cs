using ItsService.Core.Identifiers;

namespace ItsService.Core.Registers;

/// <summary>
/// GICR_PENDBASER, the LPI pending table's place:
/// <c>62 PTZ (reads 0) | 58:56 OuterCache | 51:16 Physical_Address | 11:10 Shareability | 9:7 InnerCache</c>
/// </summary>
internal readonly record struct GicrPendbaser(ulong Raw)
{
    public static readonly ulong WritableMask =
        Bits.Mask(62, 62) | Bits.Mask(58, 56) | Bits.Mask(51, 16) | Bits.Mask(11, 7);

    /// <summary>Pending Table Zero: the table holds zeros, so that it need not be read.</summary>
    public bool PendingTableZero => Raw.Bit(62);

    public GuestAddress Address => new(Raw & Bits.Mask(51, 16));

    /// <summary>What software reads back.</summary>
    public ulong AsRead => WithoutPendingTableZero().Raw;

    public GicrPendbaser WithoutPendingTableZero() => new(Raw.WithBit(62, false));

    public GicrPendbaser Sanitized(MemoryAttributePolicy policy) =>
        new(policy.Sanitize(Raw, MemoryAttributes.OfGicr));
}
