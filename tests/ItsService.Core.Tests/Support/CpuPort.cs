using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Tests.Support;

/// <summary>One vCPU's CPU interface and line.</summary>
internal readonly record struct CpuPort(VirtualGic Gic, int Index)
{
    public const uint Spurious = 1023;

    public VcpuLine Line => Gic.GetLine(new VcpuIndex(Index));

    public bool IsAsserted => Line.IsAsserted;

    public uint HighestPending => (uint)Read(SystemRegister.IccHppir1);

    public ulong RunningPriority => Read(SystemRegister.IccRpr);

    public ulong Read(SystemRegister register)
    {
        var result = Gic.ReadSystemRegister(new VcpuIndex(Index), register);
        Assert.Equal(AccessStatus.Ok, result.Status);
        return result.Value;
    }

    public void Write(SystemRegister register, ulong value) =>
        Assert.Equal(AccessStatus.Ok, Gic.WriteSystemRegister(new VcpuIndex(Index), register, value).Status);

    public uint Acknowledge() => (uint)Read(SystemRegister.IccIar1);

    public void End(uint intId) => Write(SystemRegister.IccEoir1, intId);

    public void Mask(byte priority) => Write(SystemRegister.IccPmr, priority);

    public void MaskAll() => Mask(0);

    public void Unmask() => Mask(0xFF);

    /// <summary>Acknowledges and ends everything that the vCPU can take, in the order in which it gets it.</summary>
    public uint[] TakeAll()
    {
        var pendingCount = Gic.Inspection.PendingLpis(new VcpuIndex(Index)).Count();
        var taken = new List<uint>();
        for (var intId = Acknowledge(); intId != Spurious; intId = Acknowledge())
        {
            Assert.True(taken.Count < pendingCount, "an LPI is taken more than once");
            taken.Add(intId);
            End(intId);
        }

        return [.. taken];
    }
}
