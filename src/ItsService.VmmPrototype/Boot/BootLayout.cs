using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Boot;

/// <summary>Puts a kernel, an initramfs and the device tree into RAM, apart from one another.</summary>
internal static class BootLayout
{
    private const ulong Alignment = 2 << 20;
    private const ulong TreeRoomBytes = 2 << 20;

    /// <summary>Places all of it. Returns where the guest begins and where its device tree lies.</summary>
    /// <exception cref="GuestImageException">They do not fit.</exception>
    public static (ulong Entry, ulong DeviceTree) Place(
        GuestRam ram, int vcpuCount, KernelImage kernel, byte[]? initrd, string commandLine)
    {
        var entry = MemoryMap.Ram + kernel.Offset;
        var treeAddress = Align(entry + kernel.SizeBytes);
        var initrdAddress = treeAddress + TreeRoomBytes;
        var initrdSizeBytes = (ulong)(initrd?.Length ?? 0);
        if (!ram.Contains(entry, kernel.SizeBytes) || !ram.Contains(initrdAddress, initrdSizeBytes))
        {
            throw new GuestImageException(
                $"{ram.SizeBytes >> 20} MiB of RAM are too few for a kernel of {kernel.SizeBytes >> 20} MiB "
                + $"and an initramfs of {initrdSizeBytes >> 20} MiB");
        }

        kernel.Bytes.CopyTo(ram.Span(entry, kernel.Bytes.Length));
        initrd?.CopyTo(ram.Span(initrdAddress, initrd.Length));
        (ulong, ulong)? placed = initrd is null ? null : (initrdAddress, initrdSizeBytes);
        var tree = MachineTree.Write(vcpuCount, ram.SizeBytes, commandLine, placed);
        if ((ulong)tree.Length > TreeRoomBytes)
        {
            throw new GuestImageException($"the command line is too long: {commandLine.Length} characters");
        }

        tree.CopyTo(ram.Span(treeAddress, tree.Length));
        return (entry, treeAddress);
    }

    private static ulong Align(ulong address) => (address + Alignment - 1) & ~(Alignment - 1);
}
