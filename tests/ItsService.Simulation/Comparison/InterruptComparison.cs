using ItsService.Core;
using ItsService.Simulation.Running;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Comparison;

/// <summary>
/// The registers of SGIs, PPIs and SPIs: after each step those of vCPUs and of banks in play that steps change, now and
/// then all of them.
/// </summary>
internal sealed class InterruptComparison(ModelPair pair)
{
    private const int SgiBase = 0x1_0000;
    private const int SpisInBank = 32;
    private const int FirstBankRegister = 0x0080;
    private const int LastBankRegister = 0x0FFF;
    private const int FirstRoute = 0x6100;
    private const int LastRoute = 0x7FDF;
    private const int BankCount = 32;

    // IGROUPR, ISENABLER, ISPENDR, ISACTIVER.
    private static readonly int[] BitArrays = [0x0080, 0x0100, 0x0200, 0x0300];

    private readonly SortedSet<int> _banks = [];

    /// <summary>An SPI of which a step has spoken, or which a vCPU has taken.</summary>
    public void Note(uint spi) => _banks.Add((int)(spi / SpisInBank));

    /// <summary>The bank that an access to the distributor is about.</summary>
    public void NoteAccess(int offset)
    {
        if (offset is >= FirstBankRegister and <= LastBankRegister)
        {
            _banks.Add(offset switch
            {
                < 0x0400 => (offset & 0x7F) / 4,
                < 0x0C00 => (offset & 0x3FF) / SpisInBank,
                _ => (offset & 0xFF) / 8 % BankCount,
            });
        }
        else if (offset is >= FirstRoute and <= LastRoute)
        {
            _banks.Add((SpisInBank + ((offset - FirstRoute) / 8)) / SpisInBank);
        }
    }

    /// <summary>What steps change most.</summary>
    public void CompareVariable(VcpuSet vcpus)
    {
        foreach (var bank in _banks)
        {
            CompareBits(FrameKind.Gicd, 0, bank * 4);
        }

        foreach (var vcpu in vcpus)
        {
            CompareBits(FrameKind.Gicr, vcpu, SgiBase);
        }
    }

    /// <summary>All of the banks in play, and of all vCPUs in play.</summary>
    public void CompareEverything(VcpuSet vcpus)
    {
        foreach (var bank in _banks)
        {
            CompareBits(FrameKind.Gicd, 0, bank * 4);
            CompareRest(FrameKind.Gicd, 0, bank, 0);
            for (var spi = bank * SpisInBank; bank > 0 && spi < (bank + 1) * SpisInBank && spi < 1020; spi++)
            {
                Compare(FrameKind.Gicd, 0, 0x6000 + (8 * spi), 8);
            }
        }

        foreach (var vcpu in vcpus)
        {
            CompareBits(FrameKind.Gicr, vcpu, SgiBase);
            CompareRest(FrameKind.Gicr, vcpu, 0, SgiBase);
        }
    }

    private void CompareBits(FrameKind frame, int index, int place)
    {
        foreach (var array in BitArrays)
        {
            Compare(frame, index, array + place, 4);
        }
    }

    private void CompareRest(FrameKind frame, int index, int bank, int place)
    {
        for (var word = 0; word < SpisInBank / 4; word++)
        {
            Compare(frame, index, place + 0x0400 + (bank * SpisInBank) + (4 * word), 4);
        }

        Compare(frame, index, place + 0x0C00 + (bank * 8), 4);
        Compare(frame, index, place + 0x0C00 + (bank * 8) + 4, 4);
    }

    private void Compare(FrameKind frame, int index, int offset, int sizeBytes)
    {
        var core = pair.Core.ReadRegister(new FrameLocation(frame, index, offset), sizeBytes).Value;
        var reference = pair.Reference.ReadRegister(ModelPair.FrameOf(frame), index, (uint)offset, sizeBytes);
        if (core != reference)
        {
            throw DifferenceFoundException.Of(
                DifferenceKind.Register,
                $"register 0x{offset:X} of {frame} {index}{StepComments.Register(frame, offset)}",
                core,
                reference);
        }
    }
}
