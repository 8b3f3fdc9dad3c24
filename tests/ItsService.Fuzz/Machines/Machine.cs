using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Fuzz.Machines;

/// <summary>A controller with its memory, and short words for a guest's accesses to it.</summary>
internal sealed class Machine(VirtualGicConfiguration shape, FuzzMemory memory)
{
    public VirtualGicConfiguration Shape { get; } = shape;

    public FuzzMemory Memory { get; } = memory;

    public VirtualGic Gic { get; } = new(shape, memory);

    public int VcpuCount => Shape.Affinities.Count;

    public int ItsCount => Shape.ItsCount;

    public ulong ReadIts(int its, int offset, int sizeBytes = 8) =>
        Gic.ReadRegister(new FrameLocation(FrameKind.Gits, its, offset), sizeBytes).Value;

    public void WriteIts(int its, int offset, ulong value, int sizeBytes = 8) =>
        Gic.WriteRegister(new FrameLocation(FrameKind.Gits, its, offset), sizeBytes, value);

    public ulong ReadRedistributor(int vcpu, int offset, int sizeBytes) =>
        Gic.ReadRegister(new FrameLocation(FrameKind.Gicr, vcpu, offset), sizeBytes).Value;

    public void WriteRedistributor(int vcpu, int offset, ulong value, int sizeBytes) =>
        Gic.WriteRegister(new FrameLocation(FrameKind.Gicr, vcpu, offset), sizeBytes, value);

    public ulong ReadDistributor(int offset, int sizeBytes = 4) =>
        Gic.ReadRegister(new FrameLocation(FrameKind.Gicd, 0, offset), sizeBytes).Value;

    public void WriteDistributor(int offset, ulong value, int sizeBytes = 4) =>
        Gic.WriteRegister(new FrameLocation(FrameKind.Gicd, 0, offset), sizeBytes, value);

    public ulong ReadCpu(int vcpu, SystemRegister register) =>
        Gic.ReadSystemRegister(new VcpuIndex(vcpu), register).Value;

    public void WriteCpu(int vcpu, SystemRegister register, ulong value) =>
        Gic.WriteSystemRegister(new VcpuIndex(vcpu), register, value);

    /// <summary>
    /// Writes commands into the queue from GITS_CWRITER on, and moves it behind them: as a guest does that looks at
    /// nothing else.
    /// </summary>
    public void RunCommands(int its, IEnumerable<Command> commands)
    {
        var cbaser = ReadIts(its, Offsets.Cbaser);
        var queue = cbaser & 0x000F_FFFF_FFFF_0000;
        var queueBytes = ((cbaser & 0xFF) + 1) * 4096;
        var offset = ReadIts(its, Offsets.Cwriter);
        foreach (var command in commands)
        {
            for (var word = 0; word < 4; word++)
            {
                Memory.Poke(queue + offset + (ulong)(8 * word), command.Word(word));
            }

            offset = (offset + 32) % queueBytes;
        }

        WriteIts(its, Offsets.Cwriter, offset);
    }
}
