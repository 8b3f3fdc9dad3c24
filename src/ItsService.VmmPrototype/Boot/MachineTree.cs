namespace ItsService.VmmPrototype.Boot;

/// <summary>The device tree of this machine: what a guest finds, and which interrupt is whose.</summary>
internal static class MachineTree
{
    private const uint PhandleOfGic = 1;
    private const uint PhandleOfIts = 2;
    private const uint PhandleOfClock = 3;
    private const uint ClockHz = 24_000_000;

    // The binding of GICv3: kind, number in that kind, trigger.
    private const uint Spi = 0;
    private const uint Ppi = 1;
    private const uint LevelHigh = 4;
    private const uint SpiBase = 32;
    private const uint PpiBase = 16;

    // No guest here sees these timers; the binding wants them named.
    private const uint SecureTimerIntId = 29;
    private const uint HypervisorTimerIntId = 26;

    private const uint PciMemory32 = 0x0200_0000;
    private const uint RequesterIds = 0x1_0000;

    /// <param name="vcpuCount">How many vCPUs.</param>
    /// <param name="ramSizeBytes">How much RAM.</param>
    /// <param name="commandLine">For the kernel.</param>
    /// <param name="initrd">Where the initramfs lies, if there is one.</param>
    public static byte[] Write(
        int vcpuCount, ulong ramSizeBytes, string commandLine, (ulong Address, ulong SizeBytes)? initrd) =>
        new FlattenedTree().Node("", root =>
        {
            root.Text("compatible", "linux,dummy-virt").Text("model", "its-service,vmm-prototype")
                .Cells("#address-cells", 2).Cells("#size-cells", 2).Cells("interrupt-parent", PhandleOfGic);
            root.Node("chosen", chosen => Chosen(chosen, commandLine, initrd));
            root.Node($"memory@{MemoryMap.Ram:x}", memory => memory
                .Text("device_type", "memory").Wide("reg", MemoryMap.Ram, ramSizeBytes));
            root.Node("cpus", cpus => Cpus(cpus, vcpuCount));
            root.Node("psci", psci => psci.Text("compatible", "arm,psci-1.0", "arm,psci-0.2").Text("method", "hvc"));
            root.Node("timer", Timer);
            root.Node("apb-pclk", clock => clock.Text("compatible", "fixed-clock").Cells("#clock-cells", 0)
                .Cells("clock-frequency", ClockHz).Cells("phandle", PhandleOfClock));
            root.Node($"intc@{MemoryMap.Distributor:x}", gic => Gic(gic, vcpuCount));
            root.Node($"pl011@{MemoryMap.Uart:x}", Uart);
            root.Node($"pcie@{MemoryMap.PciConfiguration:x}", Pci);
        }).ToBytes();

    private static void Chosen(
        FlattenedTree chosen, string commandLine, (ulong Address, ulong SizeBytes)? initrd)
    {
        chosen.Text("bootargs", commandLine).Text("stdout-path", $"/pl011@{MemoryMap.Uart:x}");
        if (initrd is var (address, sizeBytes))
        {
            chosen.Wide("linux,initrd-start", address).Wide("linux,initrd-end", address + sizeBytes);
        }
    }

    private static void Cpus(FlattenedTree cpus, int count)
    {
        cpus.Cells("#address-cells", 1).Cells("#size-cells", 0);
        for (var index = 0u; index < count; index++)
        {
            cpus.Node($"cpu@{index:x}", cpu => cpu.Text("device_type", "cpu").Text("compatible", "arm,cortex-a57")
                .Cells("reg", index).Text("enable-method", "psci"));
        }
    }

    private static void Timer(FlattenedTree timer) => timer
        .Text("compatible", "arm,armv8-timer").Flag("always-on")
        .Cells(
            "interrupts",
            Ppi, SecureTimerIntId - PpiBase, LevelHigh,
            Ppi, MemoryMap.PhysicalTimerIntId - PpiBase, LevelHigh,
            Ppi, MemoryMap.VirtualTimerIntId - PpiBase, LevelHigh,
            Ppi, HypervisorTimerIntId - PpiBase, LevelHigh);

    private static void Gic(FlattenedTree gic, int vcpuCount) => gic
        .Text("compatible", "arm,gic-v3").Flag("interrupt-controller").Cells("#interrupt-cells", 3)
        .Cells("#address-cells", 2).Cells("#size-cells", 2).Flag("ranges")
        .Wide(
            "reg",
            MemoryMap.Distributor, MemoryMap.DistributorSizeBytes,
            MemoryMap.Redistributors, (ulong)vcpuCount * MemoryMap.RedistributorSizeBytes)
        .Cells("#redistributor-regions", 1).Cells("phandle", PhandleOfGic)
        .Node($"its@{MemoryMap.Its:x}", its => its.Text("compatible", "arm,gic-v3-its").Flag("msi-controller")
            .Cells("#msi-cells", 1).Wide("reg", MemoryMap.Its, MemoryMap.ItsSizeBytes).Cells("phandle", PhandleOfIts));

    private static void Uart(FlattenedTree uart) => uart
        .Text("compatible", "arm,pl011", "arm,primecell").Wide("reg", MemoryMap.Uart, MemoryMap.UartSizeBytes)
        .Cells("interrupts", Spi, MemoryMap.UartIntId - SpiBase, LevelHigh)
        .Cells("clocks", PhandleOfClock, PhandleOfClock).Text("clock-names", "uartclk", "apb_pclk");

    private static void Pci(FlattenedTree pci) => pci
        .Text("compatible", "pci-host-ecam-generic").Text("device_type", "pci")
        .Wide("reg", MemoryMap.PciConfiguration, MemoryMap.PciConfigurationSizeBytes)
        .Cells("#address-cells", 3).Cells("#size-cells", 2).Cells("bus-range", 0, 0).Flag("dma-coherent")
        .Cells(
            "ranges",
            PciMemory32, 0, (uint)MemoryMap.PciMemory, 0, (uint)MemoryMap.PciMemory,
            0, (uint)MemoryMap.PciMemorySizeBytes)
        // A requester ID is the DeviceID.
        .Cells("msi-map", 0, PhandleOfIts, 0, RequesterIds).Cells("linux,pci-domain", 0);
}
