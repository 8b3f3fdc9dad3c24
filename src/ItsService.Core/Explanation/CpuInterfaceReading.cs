using ItsService.Core.CpuInterface;
using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Explanation;

/// <summary>Reads a vCPU's CPU interface as it stands towards one interrupt.</summary>
internal static class CpuInterfaceReading
{
    public static CpuInterfaceStep Read(GicParts parts, VcpuIndex vcpu, IntId intId, byte priority, bool isGroup1)
    {
        // None of these registers is changed by a read.
        var cpuInterface = parts.CpuInterfaces[vcpu.Value];
        var best = cpuInterface.BestForwarded.Rank;
        var isAny = best != InterruptRank.None;
        return new CpuInterfaceStep
        {
            Vcpu = vcpu,
            IsGroup1 = isGroup1,
            Priority = priority,
            DistributorGroup0 = parts.Distributor.Group0Enabled,
            DistributorGroup1 = parts.Distributor.Group1Enabled,
            Group0 = cpuInterface.Read(SystemRegister.IccIgrpen0) != 0,
            Group1 = cpuInterface.Read(SystemRegister.IccIgrpen1) != 0,
            PriorityMask = (byte)cpuInterface.Read(SystemRegister.IccPmr),
            RunningPriority = cpuInterface.RunningPriority,
            BinaryPoint0 = (int)cpuInterface.Read(SystemRegister.IccBpr0),
            BinaryPoint1 = (int)cpuInterface.Read(SystemRegister.IccBpr1),
            Limit = cpuInterface.LimitOf(isGroup1),
            HighestPending = isAny ? InterruptRank.IntIdOf(best) : null,
            HighestPendingPriority = isAny ? InterruptRank.PriorityOf(best) : (byte)0,
            IsOutranked = best < InterruptRank.Of(intId, priority),
            Line = parts.Lines[vcpu],
        };
    }
}
