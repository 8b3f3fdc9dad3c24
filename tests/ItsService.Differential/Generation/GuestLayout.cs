using ItsService.Qtest;

namespace ItsService.Differential.Generation;

/// <summary>
/// Where a sequence puts its tables in guest RAM. The places do not overlap: what an ITS makes of tables that share
/// memory the architecture leaves open, and QEMU keeps its truth in them.
/// </summary>
internal static class GuestLayout
{
    public const ulong Ram = VirtMachine.RamBase;
    public const ulong RamBytes = 256UL << 20;
    public const ulong RamEnd = Ram + RamBytes;

    /// <summary>From here on the guest's RAM is a sequence's own; below lies the CPUs' program.</summary>
    public const ulong Begin = Ram + 0x0100_0000;

    public const ulong ConfigurationTable = Begin;
    public const ulong DeviceTable = Begin + 0x0020_0000;
    public const ulong OtherDeviceTable = Begin + 0x0030_0000;
    public const ulong CollectionTable = Begin + 0x0040_0000;
    public const ulong OtherCollectionTable = Begin + 0x0050_0000;
    public const ulong Queue = Begin + 0x0060_0000;
    public const ulong OtherQueue = Begin + 0x0068_0000;

    /// <summary>Interrupt translation tables, one after another, each used once unless a step says otherwise.</summary>
    public const ulong TranslationTables = Begin + 0x0070_0000;

    /// <summary>The end of the sequence's memory. The CPUs' mailboxes lie above.</summary>
    public const ulong End = Begin + 0x0280_0000;

    /// <summary>The last 64 KiB of RAM, for what is to end there.</summary>
    public const ulong LastPage = RamEnd - 0x1_0000;

    /// <summary>Addresses where this machine has nothing at all. (Others have devices that can be read.)</summary>
    public static IReadOnlyList<ulong> Holes { get; } =
        [RamEnd, 0x6000_0000, 0x7FFF_0000, 0xF_0000_0000_0000, 0xF_FFFF_FFFF_0000];

    /// <summary>Those that fit in 48 bits: a table of 4 or 16 KiB pages cannot say more.</summary>
    public static IReadOnlyList<ulong> LowHoles { get; } = [.. Holes.Where(hole => hole >> 48 == 0)];

    private const ulong PendingTables = Begin + 0x0010_0000;
    private const ulong OtherPendingTables = Begin + 0x0018_0000;

    /// <summary>Where the entries of a two-level table lie: behind its level 1, of 64 KiB at most.</summary>
    public const ulong Level2Offset = 0x1_0000;

    public static ulong PendingTable(int cpu) => PendingTables + ((ulong)cpu << 16);

    public static ulong OtherPendingTable(int cpu) => OtherPendingTables + ((ulong)cpu << 16);

    /// <summary>Whether an address is one where no device of the machine is.</summary>
    public static bool IsRamOrHole(ulong address) => IsInRam(address, 1) || Holes.Contains(address);

    public static bool IsInRam(ulong address, ulong lengthBytes) =>
        address >= Ram && address < RamEnd && lengthBytes <= RamEnd - address;
}
