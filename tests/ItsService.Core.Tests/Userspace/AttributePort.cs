using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;
using ItsService.Core.Userspace;

namespace ItsService.Core.Tests.Userspace;

/// <summary>A controller as a VMM sees it from outside the guest: each access must succeed.</summary>
internal readonly record struct AttributePort(Guest Guest)
{
    private GicUserspace Userspace => Guest.Gic.Userspace;

    public ulong ReadIts(int its, int offset) => Done(Userspace.ReadItsRegister(its, offset));

    public void WriteIts(int its, int offset, ulong value) => Done(Userspace.WriteItsRegister(its, offset, value));

    public ulong ReadGicr(int vcpu, int offset) =>
        Done(Userspace.ReadRedistributorRegister(new VcpuIndex(vcpu), (uint)offset));

    public void WriteGicr(int vcpu, int offset, ulong value) =>
        Done(Userspace.WriteRedistributorRegister(new VcpuIndex(vcpu), (uint)offset, (uint)value));

    /// <summary>A 64-bit register, in its two halves.</summary>
    public void WriteGicr64(int vcpu, int offset, ulong value)
    {
        WriteGicr(vcpu, offset, value);
        WriteGicr(vcpu, offset + 4, value >> 32);
    }

    public ulong ReadGicr64(int vcpu, int offset) =>
        ReadGicr(vcpu, offset) | (ReadGicr(vcpu, offset + 4) << 32);

    public ulong ReadGicd(int offset) => Done(Userspace.ReadDistributorRegister((uint)offset));

    public void WriteGicd(int offset, ulong value) =>
        Done(Userspace.WriteDistributorRegister((uint)offset, (uint)value));

    public ulong ReadCpu(int vcpu, SystemRegister register) =>
        Done(Userspace.ReadSystemRegister(new VcpuIndex(vcpu), register));

    public void WriteCpu(int vcpu, SystemRegister register, ulong value) =>
        Done(Userspace.WriteSystemRegister(new VcpuIndex(vcpu), register, value));

    public void RestoreTables(int its = 0) => Done(Userspace.RestoreTables(its));

    /// <summary>Lets the VM run, which what was written must allow.</summary>
    public void Resume()
    {
        var result = Guest.Gic.Resume();
        Assert.True(result.IsDone, $"{result.Status}: {string.Join("; ", result.Problems)}");
        Assert.Equal(RunState.Running, Guest.Gic.State);
    }

    private static ulong Done(UserspaceResult result)
    {
        Assert.True(result.Error == UserspaceError.None, $"{result}");
        return result.Value;
    }
}
