namespace ItsService.ReferenceModel;

/// <summary>Where an entry of a table is, or why it is nowhere.</summary>
internal enum TablePlace
{
    Found,
    AboveCapacity,
    LevelOneNotInRam,
    LevelOneInvalid,
    EntryNotInRam,
}

/// <summary>The geometry that one GITS_BASERn describes: tables 2, 3, 4.</summary>
internal readonly struct Table(ulong baser, IReferenceMemory memory)
{
    public const ulong Devices = 1;
    public const ulong Collections = 4;

    private const ulong LevelOneEntryBytes = 8;

    private bool Valid => baser.Bit(63);

    private bool Indirect => baser.Bit(62);

    // Page_Size 3 is reserved and acts as 64 KiB.
    private int PageShift => baser.Field(9, 8) switch { 0 => 12, 1 => 14, _ => 16 };

    private ulong PageBytes => 1UL << PageShift;

    private ulong TableBytes => (baser.Field(7, 0) + 1) * PageBytes;

    public ulong EntryBytes => baser.Field(52, 48) + 1;

    private ulong EntriesOfPage => PageBytes / EntryBytes;

    // With 64 KiB pages the register's bits [15:12] are the address's [51:48].
    private ulong Address => PageShift == 16
        ? (baser.Field(47, 16) << 16) | (baser.Field(15, 12) << 48)
        : baser.Field(47, PageShift) << PageShift;

    /// <summary>How many numbers the table has room for: none while GITS_BASERn.Valid is 0.</summary>
    public ulong Capacity()
    {
        if (!Valid)
        {
            return 0;
        }

        return Indirect ? TableBytes / LevelOneEntryBytes * EntriesOfPage : TableBytes / EntryBytes;
    }

    /// <summary>
    /// Finds an entry. A level-1 entry is software's, and read; the entry is the ITS's, so it must be writable.
    /// </summary>
    public TablePlace Locate(ulong number, out ulong entryAddress)
    {
        entryAddress = 0;
        if (number >= Capacity())
        {
            return TablePlace.AboveCapacity;
        }

        if (!Indirect)
        {
            entryAddress = Address + (number * EntryBytes);
        }
        else
        {
            Span<byte> bytes = stackalloc byte[(int)LevelOneEntryBytes];
            if (!memory.TryRead(Address + (number / EntriesOfPage * LevelOneEntryBytes), bytes))
            {
                return TablePlace.LevelOneNotInRam;
            }

            var levelOne = BitConverter.ToUInt64(bytes);
            if (!levelOne.Bit(63))
            {
                return TablePlace.LevelOneInvalid;
            }

            var page = levelOne.Field(51, PageShift) << PageShift;
            entryAddress = page + (number % EntriesOfPage * EntryBytes);
        }

        return memory.CanWrite(entryAddress, EntryBytes) ? TablePlace.Found : TablePlace.EntryNotInRam;
    }
}
