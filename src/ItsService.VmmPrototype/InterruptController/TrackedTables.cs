namespace ItsService.VmmPrototype.InterruptController;

/// <summary>
/// Where in guest memory the guest has put what its interrupt controller reads, by the registers that it has written:
/// the command queue, level-1 and flat tables, LPI configurations, pending tables.
/// </summary>
internal sealed class TrackedTables
{
    private const ulong Cbaser = 0x80;
    private const ulong FirstBaser = 0x100;
    private const ulong LastBaser = 0x138;
    private const ulong Propbaser = 0x70;
    private const ulong Pendbaser = 0x78;
    private const ulong Valid = 1UL << 63;
    private const ulong QueuePageBytes = 4096;
    private const int LpiBase = 8192;

    private static readonly ulong[] PageBytes = [0x1000, 0x4000, 0x1_0000, 0x1_0000];

    // Of 64-bit registers, by address.
    private readonly Dictionary<ulong, ulong> _registers = [];

    /// <summary>The guest has written a register, or a half of one.</summary>
    public void Note(ulong address, int sizeBytes, ulong value)
    {
        var place = address & ~7UL;
        if (!IsTableRegister(place))
        {
            return;
        }

        var before = _registers.GetValueOrDefault(place);
        _registers[place] = sizeBytes == 8 ? value
            : (address & 4) == 0 ? (before & ~(ulong)uint.MaxValue) | (uint)value
            : (uint)before | (value << 32);
    }

    /// <summary>The ranges, each from a multiple of 4 KiB on.</summary>
    public IEnumerable<(ulong Address, ulong SizeBytes)> Ranges()
    {
        var intIdBits = 0;
        foreach (var (place, value) in _registers)
        {
            if (OffsetOf(place) == Propbaser && place >= MemoryMap.Redistributors)
            {
                intIdBits = Math.Max(intIdBits, (int)(value & 0x1F) + 1);
                yield return (value & 0x000F_FFFF_FFFF_F000, (1UL << Math.Min(intIdBits, 24)) - LpiBase);
            }
        }

        foreach (var (place, value) in _registers)
        {
            if (place >= MemoryMap.Redistributors && OffsetOf(place) == Pendbaser && intIdBits > 0)
            {
                yield return (value & 0x000F_FFFF_FFFF_0000, (1UL << Math.Min(intIdBits, 24)) / 8);
            }
            else if (place < MemoryMap.Redistributors && (value & Valid) != 0)
            {
                yield return OffsetOf(place) == Cbaser ? Queue(value) : Table(value);
            }
        }
    }

    private static bool IsTableRegister(ulong place) => place >= MemoryMap.Redistributors
        ? OffsetOf(place) is Propbaser or Pendbaser
        : place >= MemoryMap.Its && OffsetOf(place) is Cbaser or (>= FirstBaser and <= LastBaser);

    private static ulong OffsetOf(ulong place) => place >= MemoryMap.Redistributors
        ? (place - MemoryMap.Redistributors) % MemoryMap.RedistributorSizeBytes
        : place - MemoryMap.Its;

    private static (ulong Address, ulong SizeBytes) Queue(ulong value) =>
        (value & 0x000F_FFFF_FFFF_F000, ((value & 0xFF) + 1) * QueuePageBytes);

    private static (ulong Address, ulong SizeBytes) Table(ulong value)
    {
        var pageBytes = PageBytes[(value >> 8) & 3];
        // With pages of 64 KiB, bits 15:12 are bits 51:48 of the address.
        var address = pageBytes == 0x1_0000
            ? (value & 0x0000_FFFF_FFFF_0000) | (((value >> 12) & 0xF) << 48)
            : value & 0x0000_FFFF_FFFF_F000;
        return (address, ((value & 0xFF) + 1) * pageBytes);
    }
}
