namespace ItsService.Qtest;

/// <summary>Where QEMU's machine "virt" has its interrupt controller and its RAM.</summary>
public static class VirtMachine
{
    /// <summary>The distributor.</summary>
    public const ulong GicdBase = 0x0800_0000;

    /// <summary>The ITS's control frame; the translation frame follows.</summary>
    public const ulong GitsBase = 0x0808_0000;

    /// <summary>GITS_TRANSLATER. A qtest write is a message of DeviceID 0.</summary>
    public const ulong GitsTranslater = GitsBase + 0x10040;

    /// <summary>The first CPU's redistributor; that of the next lies <see cref="GicrStride"/> above.</summary>
    public const ulong GicrBase = 0x080A_0000;

    /// <summary>RD_base and SGI_base of one CPU.</summary>
    public const ulong GicrStride = 0x2_0000;

    /// <summary>The first byte of RAM.</summary>
    public const ulong RamBase = 0x4000_0000;

    /// <summary>A CPU's RD_base frame.</summary>
    public static ulong GicrOf(int cpu) => GicrBase + ((ulong)cpu * GicrStride);
}
