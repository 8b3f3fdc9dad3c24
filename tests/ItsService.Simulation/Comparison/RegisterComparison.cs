using ItsService.Core;
using ItsService.Simulation.Running;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Comparison;

/// <summary>
/// The registers of the frames, by reads that have no effect: a reserved place or a write-only register would set a bit
/// of GITS_STATUSR, and is read by steps alone.
/// </summary>
internal sealed class RegisterComparison(ModelPair pair)
{
    private const int GitsStatusr = 0x0040;
    private const int GitsUmsir = 0x0048;
    private const int IdentificationFirst = 0xFFD0;
    private const int IdentificationLast = 0xFFFC;

    // GITS_CTLR and the registers of the queue and of the tables.
    private static readonly (int Offset, int SizeBytes)[] ItsVariable =
    [
        (0x0000, 4), (0x0080, 8), (0x0088, 8), (0x0090, 8), (0x0100, 8), (0x0108, 8), (0x0110, 8), (0x0118, 8),
        (0x0120, 8), (0x0128, 8), (0x0130, 8), (0x0138, 8),
    ];

    // GICR_CTLR, WAKER, PROPBASER, PENDBASER.
    private static readonly (int Offset, int SizeBytes)[] RedistributorVariable =
        [(0x0000, 4), (0x0014, 4), (0x0070, 8), (0x0078, 8)];

    // IIDR, TYPER, STATUSR, SYNCR.
    private static readonly (int Offset, int SizeBytes)[] RedistributorFixed =
        [(0x0004, 4), (0x0008, 8), (0x0010, 4), (0x00C0, 4)];

    // TYPER, IIDR, STATUSR.
    private static readonly (int Offset, int SizeBytes)[] DistributorFixed = [(0x0004, 4), (0x0008, 4), (0x0010, 4)];

    /// <summary>Those that steps may change.</summary>
    public void CompareVariable(VcpuSet vcpus)
    {
        Compare(FrameKind.Gicd, 0, 0x0000, 4);
        for (var its = 0; its < pair.Shape.ItsCount; its++)
        {
            CompareAll(FrameKind.Gits, its, ItsVariable);
            if (pair.Shape[ShapeOption.StatusRegister] == 1)
            {
                Compare(FrameKind.Gits, its, GitsStatusr, 4);
            }

            if (pair.Shape.HasUnmappedRecord)
            {
                Compare(FrameKind.Gits, its, GitsUmsir, 8);
            }
        }

        foreach (var vcpu in vcpus)
        {
            CompareAll(FrameKind.Gicr, vcpu, RedistributorVariable);
        }
    }

    /// <summary>All of them, of every frame.</summary>
    public void CompareEverything()
    {
        CompareAll(FrameKind.Gicd, 0, DistributorFixed);
        CompareIdentification(FrameKind.Gicd, 0);
        for (var its = 0; its < pair.Shape.ItsCount; its++)
        {
            Compare(FrameKind.Gits, its, 0x0004, 4);
            Compare(FrameKind.Gits, its, 0x0008, 8);
            CompareIdentification(FrameKind.Gits, its);
        }

        for (var vcpu = 0; vcpu < pair.Shape.VcpuCount; vcpu++)
        {
            CompareAll(FrameKind.Gicr, vcpu, RedistributorVariable);
            CompareAll(FrameKind.Gicr, vcpu, RedistributorFixed);
            CompareIdentification(FrameKind.Gicr, vcpu);
        }
    }

    private void CompareIdentification(FrameKind frame, int index)
    {
        for (var offset = IdentificationFirst; offset <= IdentificationLast; offset += 4)
        {
            Compare(frame, index, offset, 4);
        }
    }

    private void CompareAll(FrameKind frame, int index, (int Offset, int SizeBytes)[] registers)
    {
        foreach (var (offset, sizeBytes) in registers)
        {
            Compare(frame, index, offset, sizeBytes);
        }
    }

    private void Compare(FrameKind frame, int index, int offset, int sizeBytes)
    {
        var core = pair.Core.ReadRegister(new FrameLocation(frame, index, offset), sizeBytes).Value;
        var reference = pair.Reference.ReadRegister(ModelPair.FrameOf(frame), index, (uint)offset, sizeBytes);
        if (core != reference)
        {
            throw DifferenceFoundException.Of(
                DifferenceKind.Register,
                $"register 0x{offset:X} of {frame} {index}{Steps.StepComments.Register(frame, offset)}",
                core,
                reference);
        }
    }
}
