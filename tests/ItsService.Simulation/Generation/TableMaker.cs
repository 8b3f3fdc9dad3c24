using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Generation;

/// <summary>
/// Lays out a device or a collection table: flat or with two levels, with pages of a size that there is.
/// </summary>
internal sealed class TableMaker(Prng prng, Shape shape, Func<ulong, ulong, ulong> place)
{
    private const ulong Valid = 1UL << 63;
    private const ulong Indirect = 1UL << 62;
    private const ulong EntryBytes = 8;

    private readonly uint _pageSize = prng.PickFrom(shape.PageSizeEncodings());
    private bool _indirect;
    private int _pages;

    private ulong PageBytes => _pageSize switch { 0 => 0x1000, 1 => 0x4000, _ => 0x1_0000 };

    private ulong EntriesPerPage => PageBytes / EntryBytes;

    private ulong Bytes => (ulong)_pages * PageBytes;

    private ulong Capacity => _indirect ? Bytes / EntryBytes * EntriesPerPage : Bytes / EntryBytes;

    /// <summary>Fixes its kind and size, and tells how many numbers it has room for.</summary>
    public ulong Begin(bool indirect, int pages)
    {
        _indirect = indirect;
        _pages = pages;
        return Capacity;
    }

    /// <summary>Places it, with second-level pages where these numbers need them.</summary>
    public TablePlan End(ulong type, IEnumerable<ulong> numbers)
    {
        // Addresses of more than 48 bits are for 64 KiB pages alone.
        var address = PlaceBelow48Bits(Bytes);
        List<(ulong Address, ulong Entry)> levelOne = [];
        foreach (var page in numbers.Select(number => number / EntriesPerPage).Distinct().Where(_ => _indirect))
        {
            levelOne.Add((address + (page * 8), Valid | place(PageBytes, PageBytes)));
        }

        var register = Valid | (_indirect ? Indirect : 0) | (type << 56) | ((EntryBytes - 1) << 48)
            | Folded(address) | ((ulong)_pageSize << 8) | (uint)(_pages - 1) | (prng.Bits(2) << 10);
        return new TablePlan(register, address, Bytes, levelOne) { Capacity = Capacity };
    }

    /// <summary>With 64 KiB pages the register's bits [15:12] are the address's [51:48].</summary>
    private static ulong Folded(ulong address) =>
        (address & 0x0000_FFFF_FFFF_F000) | (((address >> 48) & 0xF) << 12);

    private ulong PlaceBelow48Bits(ulong bytes)
    {
        var address = place(bytes, PageBytes);
        while (_pageSize != 2 && address >> 48 != 0)
        {
            address = place(bytes, PageBytes);
        }

        return address;
    }
}
