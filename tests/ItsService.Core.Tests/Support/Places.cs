namespace ItsService.Core.Tests.Support;

/// <summary>Where the standard guest has its RAM, its tables and its frames.</summary>
internal static class Places
{
    public const ulong Ram = 0x4000_0000;
    public const ulong RamBytes = 0x4000_0000;

    /// <summary>The same amount of RAM again, reachable with more than 48 address bits only.</summary>
    public const ulong HighRam = 0x0001_0000_4000_0000;

    /// <summary>Nothing is here.</summary>
    public const ulong OutsideRam = 0x1000_0000;

    /// <summary>RAM that the guest can read and the controller may not write.</summary>
    public const ulong Rom = 0x3000_0000;
    public const ulong RomBytes = 0x10_0000;

    public const ulong ConfigurationTable = 0x4800_0000;

    /// <summary>RAM without any standard use.</summary>
    public const ulong Scratch = 0x7800_0000;

    public const ulong Distributor = 0x0800_0000;
    public const ulong Redistributors = 0x080A_0000;

    public static ulong ItsBase(int its) => 0x0900_0000 + ((ulong)its * 0x2_0000);

    public static ulong DeviceTable(int its = 0) => 0x4100_0000 + ((ulong)its * 0x40_0000);

    public static ulong CollectionTable(int its = 0) => DeviceTable(its) + 0x10_0000;

    public static ulong Queue(int its = 0) => DeviceTable(its) + 0x20_0000;

    public static ulong PendingTable(int vcpu) => 0x4810_0000 + ((ulong)vcpu * 0x1_0000);

    /// <summary>Room for 16 EventID bits at 8 bytes each.</summary>
    public static ulong Itt(uint device, int its = 0) =>
        0x5000_0000 + ((ulong)its * 0x1000_0000) + (device % 0x200 * 0x8_0000UL);

    public static ulong ConfigurationByte(uint lpi) => ConfigurationTable + lpi - 8192;

    public static ulong PendingByte(int vcpu, uint lpi) => PendingTable(vcpu) + (lpi / 8);
}
