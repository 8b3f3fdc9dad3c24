using ItsService.Differential.Generation;
using ItsService.Differential.Sides;

namespace ItsService.Differential.Comparison;

/// <summary>Where a number's entry is: at an address in RAM, outside RAM, or nowhere.</summary>
internal readonly record struct EntryPlace(ulong Address, bool IsInRam, bool IsOutsideRam);

/// <summary>How QEMU finds the entries of a table, by a value of GITS_BASERn.</summary>
internal readonly struct QemuTableGeometry(ulong baser)
{
    private const ulong Valid = 1UL << 63;
    private const ulong Level2Mask = (1UL << 51) - 1;

    private TableShape Shape { get; } =
        new((baser & (1UL << 62)) != 0, (int)(baser >> 8) & 3, (int)(baser & 0xFF) + 1);

    private uint Capacity => (baser & Valid) != 0 ? Shape.Capacity : 0;

    private ulong Address => Shape.PageSize >= 2
        ? (baser & 0xFFFF_FFFF_0000) | (((baser >> 12) & 0xF) << 48)
        : baser & 0xFFFF_FFFF_F000;

    public Dictionary<uint, EntryPlace> Locate(QemuSide qemu, IReadOnlyCollection<uint> numbers)
    {
        var level1 = Shape.Indirect ? ReadLevel1(qemu, numbers) : [];
        var places = new Dictionary<uint, EntryPlace>();
        foreach (var number in numbers)
        {
            places.Add(number, number < Capacity ? Locate(number, level1) : default);
        }

        return places;
    }

    private EntryPlace Locate(uint number, Dictionary<ulong, ulong> level1)
    {
        if (!Shape.Indirect)
        {
            return At(Address + ((ulong)number * TableShape.EntryBytes));
        }

        var at = Level1Address(number);
        if (!level1.TryGetValue(at, out var entry))
        {
            return new EntryPlace(at, IsInRam: false, IsOutsideRam: true);
        }

        return (entry & Valid) != 0
            ? At((entry & Level2Mask) + ((ulong)(number % Shape.EntriesPerPage) * TableShape.EntryBytes))
            : default;
    }

    private static EntryPlace At(ulong address)
    {
        var isInRam = GuestLayout.IsInRam(address, TableShape.EntryBytes);
        return new EntryPlace(address, isInRam, !isInRam);
    }

    private ulong Level1Address(uint number) =>
        Address + ((ulong)(number / Shape.EntriesPerPage) * TableShape.EntryBytes);

    private Dictionary<ulong, ulong> ReadLevel1(QemuSide qemu, IReadOnlyCollection<uint> numbers)
    {
        var capacity = Capacity;
        ulong[] addresses =
        [
            .. numbers.Where(number => number < capacity).Select(Level1Address).Distinct()
                .Where(address => GuestLayout.IsInRam(address, TableShape.EntryBytes)),
        ];
        var list = new AccessList();
        var places = Array.ConvertAll(addresses, address => list.ReadMemory(address, TableShape.EntryBytes));
        var results = qemu.Run(list);
        return addresses.Zip(places).ToDictionary(pair => pair.First, pair => results.Doubleword(pair.Second));
    }
}
