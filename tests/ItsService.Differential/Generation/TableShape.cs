namespace ItsService.Differential.Generation;

/// <summary>The geometry of a device or collection table with 8-byte entries.</summary>
/// <param name="Indirect">Two levels.</param>
/// <param name="PageSize">GITS_BASERn.Page_Size: 0, 1, 2 or the reserved 3.</param>
/// <param name="Pages">How many pages, of level 1 when there are two levels.</param>
internal readonly record struct TableShape(bool Indirect, int PageSize, int Pages)
{
    public const int EntryBytes = 8;
    public const uint IdsMax = 1 << 16;

    public ulong PageBytes => PageSize switch { 0 => 0x1000UL, 1 => 0x4000UL, _ => 0x1_0000UL };

    public uint EntriesPerPage => (uint)(PageBytes / EntryBytes);

    /// <summary>How many numbers it can hold.</summary>
    public uint Capacity =>
        (uint)Math.Min((ulong)Pages * EntriesPerPage * (Indirect ? EntriesPerPage : 1UL), IdsMax);

    /// <summary>Addresses that the table can have and where the machine has nothing.</summary>
    public IReadOnlyList<ulong> Holes => PageSize >= 2 ? GuestLayout.Holes : GuestLayout.LowHoles;

    /// <summary>How many entries of level 1 matter.</summary>
    public uint Level1Count => Indirect ? (Capacity + EntriesPerPage - 1) / EntriesPerPage : 0;

    public override string ToString() =>
        $"{(Indirect ? "two-level" : "flat")}, {Pages} pages of {PageBytes >> 10} KiB (Page_Size {PageSize})";

    /// <summary>The bits of GITS_BASERn that say so, with the address put where the page size has it.</summary>
    public ulong Baser(ulong address)
    {
        var inPlace = PageSize >= 2
            ? (address & 0xFFFF_FFFF_0000) | ((address >> 48) << 12)
            : address & 0xFFFF_FFFF_F000;
        return inPlace | ((uint)PageSize << 8) | (uint)(Pages - 1) | (Indirect ? 1UL << 62 : 0);
    }
}
