using ItsService.VmmPrototype.Engine;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Devices;

/// <summary>
/// The memory-mapped part of the interrupt controller: distributor, ITS and redistributors, one after another. What
/// lies between them reads as zero.
/// </summary>
internal sealed class GicFrames(IInterruptController controller) : IMmioDevice
{
    public ulong Read(ulong offset, int sizeBytes) =>
        IsFrame(offset) ? controller.ReadRegister(MemoryMap.Distributor + offset, sizeBytes) : 0;

    public void Write(ulong offset, int sizeBytes, ulong value)
    {
        if (IsFrame(offset))
        {
            controller.WriteRegister(MemoryMap.Distributor + offset, sizeBytes, value);
        }
    }

    private static bool IsFrame(ulong offset) =>
        offset < MemoryMap.DistributorSizeBytes || offset >= MemoryMap.Its - MemoryMap.Distributor;
}
