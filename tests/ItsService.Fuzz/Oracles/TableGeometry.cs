namespace ItsService.Fuzz.Oracles;

/// <summary>A GITS_BASERn taken apart bit by bit, as the specification's table has it (gits-registers 9).</summary>
internal readonly record struct TableGeometry(ulong Baser)
{
    public bool IsValid => (Baser >> 63) == 1;

    public bool IsTwoLevel => ((Baser >> 62) & 1) == 1;

    public ulong EntryBytes => ((Baser >> 48) & 0x1F) + 1;

    public ulong PageBytes => ((Baser >> 8) & 3) switch { 0 => 0x1000, 1 => 0x4000, _ => 0x1_0000 };

    public ulong TableBytes => ((Baser & 0xFF) + 1) * PageBytes;

    public ulong EntriesPerPage => PageBytes / EntryBytes;

    public ulong Level1Count => TableBytes / 8;

    public ulong Address => PageBytes switch
    {
        0x1000 => Baser & 0x0000_FFFF_FFFF_F000,
        0x4000 => Baser & 0x0000_FFFF_FFFF_C000,
        _ => (Baser & 0x0000_FFFF_FFFF_0000) | (((Baser >> 12) & 0xF) << 48),
    };

    /// <summary>How many entries there can be; none while the table is not valid.</summary>
    public ulong Capacity => !IsValid ? 0 : IsTwoLevel ? Level1Count * EntriesPerPage : TableBytes / EntryBytes;

    /// <summary>The page that a level-1 entry names.</summary>
    public ulong PageAddress(ulong level1Entry) => level1Entry & 0x000F_FFFF_FFFF_F000 & ~(PageBytes - 1);
}
