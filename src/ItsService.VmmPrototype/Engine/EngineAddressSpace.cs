namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// What lies between memory and devices. The engine looks a virtual address up in the map of physical ones before it
/// reads or writes, and refuses what it does not find; so each hole is filled, as far as virtual addresses reach,
/// with a device that is not there.
/// </summary>
internal static class EngineAddressSpace
{
    private const ulong LowerEnd = 1UL << 48;
    private const ulong UpperBase = 0xFFFF_0000_0000_0000;
    private const ulong UpperSizeBytes = 0x0000_FFFF_FFFF_F000;

    /// <param name="engine">Whose map it is.</param>
    /// <param name="taken">What is mapped, in ascending order.</param>
    public static void FillHoles(UnicornEngine engine, IEnumerable<(ulong Address, ulong SizeBytes)> taken)
    {
        var end = 0UL;
        foreach (var (address, sizeBytes) in taken)
        {
            Fill(engine, end, address);
            end = address + sizeBytes;
        }

        Fill(engine, end, LowerEnd);
        engine.MapDevice(UpperBase, UpperSizeBytes, AbsentDevice.Instance);
    }

    private static void Fill(UnicornEngine engine, ulong from, ulong to)
    {
        if (from < to)
        {
            engine.MapDevice(from, to - from, AbsentDevice.Instance);
        }
    }

    // A processor would take an external abort; the engine cannot give one here.
    private sealed class AbsentDevice : IMmioDevice
    {
        public static readonly AbsentDevice Instance = new();

        public ulong Read(ulong offset, int sizeBytes) => 0;

        public void Write(ulong offset, int sizeBytes, ulong value)
        {
        }
    }
}
