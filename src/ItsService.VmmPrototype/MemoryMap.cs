namespace ItsService.VmmPrototype;

/// <summary>Where things are in the machine: as in QEMU's machine `virt`, which guests know.</summary>
public static class MemoryMap
{
    public const ulong Distributor = 0x0800_0000;
    public const ulong DistributorSizeBytes = 0x1_0000;
    public const ulong Its = 0x0808_0000;
    public const ulong ItsSizeBytes = 0x2_0000;
    public const ulong Redistributors = 0x080A_0000;
    public const ulong RedistributorSizeBytes = 0x2_0000;

    public const ulong Uart = 0x0900_0000;
    public const ulong UartSizeBytes = 0x1000;

    public const ulong PciMemory = 0x1000_0000;
    public const ulong PciMemorySizeBytes = 0x2EFF_0000;
    public const ulong PciConfiguration = 0x3F00_0000;

    /// <summary>One bus.</summary>
    public const ulong PciConfigurationSizeBytes = 0x10_0000;

    public const ulong Ram = 0x4000_0000;

    /// <summary>The UART's interrupt: SPI 1.</summary>
    public const uint UartIntId = 33;

    /// <summary>The virtual timer's: PPI 11.</summary>
    public const uint VirtualTimerIntId = 27;

    /// <summary>The physical timer's: PPI 14.</summary>
    public const uint PhysicalTimerIntId = 30;
}
