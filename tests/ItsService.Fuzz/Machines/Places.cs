using ItsService.Core.Identifiers;

namespace ItsService.Fuzz.Machines;

/// <summary>Where things lie in the guest memory of every machine here.</summary>
internal static class Places
{
    public const ulong Ram = 0x4000_0000;
    public const ulong RamBytes = 0x400_0000;
    public const ulong Rom = 0x9000_0000;
    public const ulong RomBytes = 0x10_0000;

    // Above 48 bits, where a GITS_BASER reaches with 64 KiB pages alone.
    public const ulong HighRam = 0x1_0000_0000_0000;
    public const ulong HighRamBytes = 0x10_0000;

    public const ulong Distributor = 0x0800_0000;
    public const ulong Redistributors = 0x080A_0000;
    public const ulong ConfigurationTable = 0x4300_0000;

    private const ulong BytesOfIts = 0x80_0000;
    private const ulong IttBytes = 0x2000;

    public static ulong ItsFrames(int its) => 0x0A00_0000 + ((ulong)its * 0x2_0000);

    /// <summary>The device table, or its first level.</summary>
    public static ulong DeviceTable(int its) => OfIts(its);

    /// <summary>Pages of the device table's second level, 64 KiB each.</summary>
    public static ulong DevicePage(int its, int number) => OfIts(its) + 0x1_0000 + ((ulong)number * 0x1_0000);

    public static ulong CollectionTable(int its) => OfIts(its) + 0x8_0000;

    public static ulong CollectionPage(int its, int number) => OfIts(its) + 0x9_0000 + ((ulong)number * 0x1_0000);

    public static ulong Queue(int its) => OfIts(its) + 0xC_0000;

    /// <summary>Translation tables, with room for 1024 events each.</summary>
    public static ulong Itt(int its, int number) => OfIts(its) + 0x10_0000 + ((ulong)number * IttBytes);

    public static ulong PendingTable(int vcpu) => 0x4310_0000 + ((ulong)vcpu * 0x1_0000);

    /// <summary>Whether the range is wholly in one stretch of memory.</summary>
    public static bool IsRam(GuestRange range, bool forWriting) =>
        Has(Ram, RamBytes, range) || Has(HighRam, HighRamBytes, range) || (!forWriting && Has(Rom, RomBytes, range));

    private static bool Has(ulong start, ulong lengthBytes, GuestRange range) =>
        new GuestRange(new GuestAddress(start), lengthBytes).Contains(range);

    private static ulong OfIts(int its) => Ram + ((ulong)its * BytesOfIts);
}
