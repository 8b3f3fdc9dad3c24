using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;

namespace ItsService.Core.Tables;

/// <summary>
/// The geometry of a table that software gives to the ITS by a GITS_BASERn: flat or two-level, with 4, 16 or 64 KiB
/// pages (tables sections 2 to 4).
/// </summary>
internal readonly struct GuestTable(GitsBaser register)
{
    private const int Level1EntryBytes = 8;

    /// <summary>Whether the table has memory at all (GITS_BASERn.Valid).</summary>
    public bool HasMemory => register.Valid;

    /// <summary>Whether it has two levels.</summary>
    public bool IsTwoLevel => register.Indirect;

    /// <summary>Where it begins.</summary>
    public GuestAddress Address => register.Address;

    public ulong EntriesPerPage => register.PageSizeBytes / (ulong)register.EntrySizeBytes;

    private ulong SizeBytes => register.PageCount * register.PageSizeBytes;

    /// <summary>How many numbers the table can hold when every level-1 entry is valid.</summary>
    public ulong Capacity => !HasMemory ? 0
        : register.Indirect ? SizeBytes / Level1EntryBytes * EntriesPerPage
        : SizeBytes / (ulong)register.EntrySizeBytes;

    /// <summary>How many entries the first level of a two-level table has.</summary>
    public ulong Level1Count => HasMemory && register.Indirect ? SizeBytes / Level1EntryBytes : 0;

    /// <summary>Where an entry of the first level lies.</summary>
    public GuestAddress Level1Address(ulong index) => register.Address + (index * Level1EntryBytes);

    public static bool IsLevel1Valid(ulong level1Entry) => level1Entry.Bit(63);

    /// <summary>Level-1 entries hold address bits [51:N] in place, N by the page size, without folding.</summary>
    public GuestAddress Level2Address(ulong level1Entry) =>
        new(level1Entry & Bits.Mask(51, 12) & ~(register.PageSizeBytes - 1));

    /// <summary>Finds the entry of <paramref name="id"/>, checking each step against guest RAM.</summary>
    public TableSlot Locate(uint id, IGuestMemory memory)
    {
        if (id >= Capacity)
        {
            return new TableSlot(TableSlotStatus.OutOfRange);
        }

        var entryBytes = (ulong)register.EntrySizeBytes;
        if (!register.Indirect)
        {
            return Checked(register.Address + (id * entryBytes), memory);
        }

        var outcome = memory.ReadUInt64(Level1Address(id / EntriesPerPage), out var level1Entry);
        if (!outcome.IsOk)
        {
            return outcome.IsNotResident
                ? new TableSlot(TableSlotStatus.NotResident, Missing: outcome.Missing)
                : new TableSlot(TableSlotStatus.Level1NotInRam);
        }

        if (!IsLevel1Valid(level1Entry))
        {
            return new TableSlot(TableSlotStatus.Level1Invalid);
        }

        var entry = Level2Address(level1Entry) + (id % EntriesPerPage * entryBytes);
        return Checked(entry, memory);
    }

    private TableSlot Checked(GuestAddress address, IGuestMemory memory) =>
        memory.ProbeForWriting(new GuestRange(address, (ulong)register.EntrySizeBytes)).IsOk
            ? new TableSlot(TableSlotStatus.Found, address)
            : new TableSlot(TableSlotStatus.NotInRam);
}
