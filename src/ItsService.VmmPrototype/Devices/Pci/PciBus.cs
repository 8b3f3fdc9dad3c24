using ItsService.VmmPrototype.Engine;

namespace ItsService.VmmPrototype.Devices.Pci;

/// <summary>
/// Bus 0 of a host bridge with ECAM: configuration by address, and the memory in which BARs are placed.
/// </summary>
internal sealed class PciBus
{
    private const int SlotShift = 15;
    private const int SpaceBytes = 4096;

    private readonly Dictionary<int, PciFunction> _slots = [];

    public PciBus()
    {
        Configuration = new ConfigurationWindow(this);
        Memory = new MemoryWindow(this);
    }

    /// <summary>The ECAM.</summary>
    public IMmioDevice Configuration { get; }

    /// <summary>The memory behind the bridge.</summary>
    public IMmioDevice Memory { get; }

    /// <summary>What function 0 of a slot writes into its messages: bus 0, device, function 0.</summary>
    public static uint RequesterId(int slot) => (uint)slot << 3;

    public void Insert(int slot, PciFunction function) => _slots.Add(slot, function);

    private sealed class ConfigurationWindow(PciBus bus) : IMmioDevice
    {
        private const int FunctionMask = 0x7000;

        public ulong Read(ulong offset, int sizeBytes) =>
            // All ones: nobody is there.
            At(offset)?.ReadConfiguration((int)offset % SpaceBytes, sizeBytes)
                ?? uint.MaxValue >> (32 - (8 * sizeBytes));

        public void Write(ulong offset, int sizeBytes, ulong value) =>
            At(offset)?.WriteConfiguration((int)offset % SpaceBytes, sizeBytes, (uint)value);

        private PciFunction? At(ulong offset) =>
            ((int)offset & FunctionMask) == 0 ? bus._slots.GetValueOrDefault((int)(offset >> SlotShift)) : null;
    }

    private sealed class MemoryWindow(PciBus bus) : IMmioDevice
    {
        public ulong Read(ulong offset, int sizeBytes) =>
            Find(offset) is var (function, place) ? function.ReadBar(place, sizeBytes) : 0;

        public void Write(ulong offset, int sizeBytes, ulong value)
        {
            if (Find(offset) is var (function, place))
            {
                function.WriteBar(place, sizeBytes, (uint)value);
            }
        }

        private (PciFunction Function, uint Offset)? Find(ulong offset)
        {
            var address = MemoryMap.PciMemory + offset;
            foreach (var function in bus._slots.Values)
            {
                if (function.BarAddress is { } bar && address >= bar && address - bar < function.BarSizeBytes)
                {
                    return (function, (uint)(address - bar));
                }
            }

            return null;
        }
    }
}
