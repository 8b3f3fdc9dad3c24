using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Levels;

/// <summary>A checked level of an SPI, or of a vCPU's PPI.</summary>
internal readonly record struct LineMove(IntId IntId, VcpuIndex? Vcpu, bool IsAsserted, bool NotifiesEnd)
{
    private const uint FirstPpi = 16;
    private const uint FirstSpi = 32;
    private const int LastSpi = 1019;

    /// <summary>From a request.</summary>
    /// <param name="shape">The VM's.</param>
    /// <param name="level">What came.</param>
    /// <param name="path">Where it stands, with a dot behind: "levels[3].".</param>
    /// <param name="problems">What is wrong with it is added.</param>
    public static LineMove Read(
        VirtualGicConfiguration shape, V1.LineLevel level, string path, RequestProblems problems)
    {
        VcpuIndex? vcpu = level.HasVcpu ? new VcpuIndex((int)Math.Min(level.Vcpu, int.MaxValue)) : null;
        var move = new LineMove(new IntId(level.IntId), vcpu, level.Asserted, level.NotifyAtEoi);
        if (move.CheckIntId(shape, path, problems))
        {
            CheckVcpu(shape, level, path, problems);
        }

        return move;
    }

    /// <summary>Whether the VM has such a line.</summary>
    /// <param name="shape">The VM's.</param>
    /// <param name="path">Where the level stands, with a dot behind.</param>
    /// <param name="problems">That it has not is added.</param>
    public bool CheckIntId(VirtualGicConfiguration shape, string path, RequestProblems problems)
    {
        var spisEnd = (uint)Math.Min(shape.Profile.IntIdLines, LastSpi + 1);
        if (IntId.Value >= FirstPpi && IntId.Value < Math.Max(spisEnd, FirstSpi))
        {
            return true;
        }

        problems.Add(new Problem(
            V1.ErrorReason.OutOfRange, $"{path}int_id", $"INTID {IntId.Value} has no line in this VM")
        {
            Accepted = spisEnd > FirstSpi ? $"16..31 for a PPI, 32..{spisEnd - 1} for an SPI" : "16..31 for a PPI",
        });
        return false;
    }

    /// <summary>Moves the line, inside the gate.</summary>
    public void Make(VmContent vm)
    {
        var result = Vcpu is { } vcpu
            ? vm.Gic.SetPpiLevel(vcpu, IntId, IsAsserted, NotifiesEnd)
            : vm.Gic.SetSpiLevel(IntId, IsAsserted, NotifiesEnd);
        AccessEnd.MustBeDone(result.Status);
    }

    private static void CheckVcpu(
        VirtualGicConfiguration shape, V1.LineLevel level, string path, RequestProblems problems)
    {
        var isPpi = level.IntId < FirstSpi;
        if (isPpi && level.HasVcpu)
        {
            IndexCheck.Check(
                level.Vcpu, shape.Affinities.Count, "vCPU", FieldPath.Request, $"{path}vcpu", problems);
        }
        else if (isPpi)
        {
            problems.Add(new Problem(
                V1.ErrorReason.Required, $"{path}vcpu", $"INTID {level.IntId} is a PPI, and each vCPU has its own")
            {
                Accepted = $"0..{shape.Affinities.Count - 1}",
            });
        }
        else if (level.HasVcpu)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, $"{path}vcpu", $"INTID {level.IntId} is an SPI, which is no vCPU's own")
            {
                Accepted = "nothing: GICD_IROUTER says where it goes",
            });
        }
    }
}
