using ItsService.Core.Identifiers;

namespace ItsService.Core.Registers;

/// <summary>
/// GITS_BASER0..7, the place of a table that the ITS owns:
/// <c>63 Valid | 62 Indirect | 61:59 InnerCache | 58:56 Type | 55:53 OuterCache | 52:48 Entry_Size |
/// 47:12 Physical_Address | 11:10 Shareability | 9:8 Page_Size | 7:0 Size</c>
/// </summary>
internal readonly record struct GitsBaser(ulong Raw)
{
    /// <summary>How many there are.</summary>
    public const int Count = 8;

    /// <summary>Everything but Type and Entry_Size, which are fixed.</summary>
    public static readonly ulong WritableMask = ~(Bits.Mask(58, 56) | Bits.Mask(52, 48));

    public bool Valid => Raw.Bit(63);

    public bool Indirect => Raw.Bit(62);

    public TableType Type => (TableType)Raw.Field(58, 56);

    /// <summary>The manual's Entry_Size field is the number of bytes minus one.</summary>
    public int EntrySizeBytes => (int)Raw.Field(52, 48) + 1;

    /// <summary>Page_Size 3 is reserved and acts as 64 KiB (section 9).</summary>
    public ulong PageSizeBytes => Raw.Field(9, 8) switch { 0 => 4096, 1 => 16384, _ => 65536 };

    public ulong PageCount => Raw.Field(7, 0) + 1;

    /// <summary>With 64 KiB pages, register bits [15:12] hold address bits [51:48] (tables section 2).</summary>
    public GuestAddress Address => PageSizeBytes switch
    {
        4096 => new GuestAddress(Raw & Bits.Mask(47, 12)),
        16384 => new GuestAddress(Raw & Bits.Mask(47, 14)),
        _ => new GuestAddress((Raw & Bits.Mask(47, 16)) | (Raw.Field(15, 12) << 48)),
    };

    /// <summary>Fixed fields kept from <paramref name="present"/>, all others from this value.</summary>
    public GitsBaser WithFixedFieldsOf(GitsBaser present) =>
        new((Raw & WritableMask) | (present.Raw & ~WritableMask));

    public GitsBaser WithIndirect(bool indirect) => new(Raw.WithBit(62, indirect));

    public GitsBaser WithPageSize(ulong encoding) => new(Raw.WithField(9, 8, encoding));

    /// <summary>With 16 KiB pages the address begins at bit 14, and the two bits below are RES0 (section 9).</summary>
    public GitsBaser WithAlignedAddress() => PageSizeBytes == 16384 ? new(Raw.WithField(13, 12, 0)) : this;

    public GitsBaser Sanitized(MemoryAttributePolicy policy) => new(policy.Sanitize(Raw, MemoryAttributes.OfGits));
}
