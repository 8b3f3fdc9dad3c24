using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.GuestTables;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;
using ItsService.Core.Userspace;

namespace ItsService.Conformance.Tests.Support;

/// <summary>
/// What a VMM does that knows KVM's attributes: it stops a VM, has its tables written, reads its registers, and writes
/// them into another VM that gets the guest's memory.
/// </summary>
internal static class Vmm
{
    // KVM's error numbers of problems with a restore.
    public const RestoreProblemKind Einval = RestoreProblemKind.Inconsistent;
    public const RestoreProblemKind Efault = RestoreProblemKind.NotInRam;
    public const RestoreProblemKind Eexist = RestoreProblemKind.Twice;

    private const int BaserCount = 8;

    private static readonly int[] ItsOffsets =
    [
        GitsOffset.Iidr, GitsOffset.Cbaser, GitsOffset.Creadr, GitsOffset.Cwriter, GitsOffset.Ctlr,
        .. Enumerable.Range(0, BaserCount).Select(Baser),
    ];

    // GICR_CTLR last, then what SGIs and PPIs have: groups, enables, pending, active, priorities, kinds.
    private static readonly uint[] RedistributorOffsets =
    [
        GicrOffset.Propbaser, GicrOffset.Propbaser + 4, GicrOffset.Pendbaser, GicrOffset.Pendbaser + 4, GicrOffset.Ctlr,
        0x1_0080, 0x1_0100, 0x1_0200, 0x1_0300,
        .. Enumerable.Range(0, 8).Select(number => 0x1_0400 + (4 * (uint)number)), 0x1_0C00, 0x1_0C04,
    ];

    private static readonly SystemRegister[] CpuRegisters =
    [
        SystemRegister.IccSre, SystemRegister.IccCtlr, SystemRegister.IccIgrpen0, SystemRegister.IccIgrpen1,
        SystemRegister.IccPmr, SystemRegister.IccBpr0, SystemRegister.IccBpr1, SystemRegister.IccAp0R0,
        SystemRegister.IccAp1R0,
    ];

    /// <summary>The order that KVM documents.</summary>
    public static IReadOnlyList<ItsStep> DocumentedOrder { get; } =
    [
        ItsStep.Cbaser, ItsStep.Creadr, ItsStep.Iidr, ItsStep.Cwriter, ItsStep.Basers, ItsStep.Tables, ItsStep.Ctlr,
    ];

    public static int Baser(int number) => GitsOffset.Baser0 + (8 * number);

    public static ulong GetIts(this Guest guest, int offset) =>
        Done(guest.Gic.Userspace.ReadItsRegister(0, offset));

    public static void SetIts(this Guest guest, int offset, ulong value) =>
        Done(guest.Gic.Userspace.WriteItsRegister(0, offset, value));

    public static void RestoreTables(this Guest guest) => Done(guest.Gic.Userspace.RestoreTables(0));

    public static void ResetIts(this Guest guest) => Done(guest.Gic.Userspace.ResetIts(0));

    /// <summary>Pauses and has the ITS write its tables.</summary>
    public static void SaveTables(this Guest guest)
    {
        guest.Gic.Pause();
        AssertDone(guest.Gic.Userspace.SaveTables(0));
    }

    /// <summary>Pauses and has the pending tables written.</summary>
    public static void SavePendingTables(this Guest guest)
    {
        guest.Gic.Pause();
        AssertDone(guest.Gic.Userspace.SavePendingTables());
    }

    /// <summary>Pauses, has everything written that is in guest memory, and reads the rest.</summary>
    public static SavedRegisters Save(this Guest guest)
    {
        guest.SavePendingTables();
        guest.SaveTables();
        return guest.ReadRegisters();
    }

    public static SavedRegisters ReadRegisters(this Guest guest)
    {
        var userspace = guest.Gic.Userspace;
        var vcpus = Enumerable.Range(0, guest.Gic.VcpuCount).Select(vcpu => new VcpuIndex(vcpu)).ToArray();
        return new SavedRegisters(
            new Dictionary<uint, uint> { [0] = (uint)Done(userspace.ReadDistributorRegister(0)) },
            [
                .. vcpus.Select(vcpu => RedistributorOffsets.ToDictionary(
                    offset => offset,
                    offset => (uint)Done(userspace.ReadRedistributorRegister(vcpu, offset)))),
            ],
            [
                .. vcpus.Select(vcpu => CpuRegisters.ToDictionary(
                    register => register,
                    register => Done(userspace.ReadSystemRegister(vcpu, register)))),
            ],
            ItsOffsets.ToDictionary(offset => offset, offset => guest.GetIts(offset)));
    }

    /// <summary>Another VM of the same shape, paused, with nothing restored, that has this guest's memory.</summary>
    public static Guest NewVm(this Guest guest)
    {
        var target = new Guest(guest.Options, guest.Ram);
        target.Gic.Pause();
        return target;
    }

    /// <summary>Another VM of the same shape, paused, whose vCPUs are restored and whose ITS is not.</summary>
    public static Guest NewVm(this Guest guest, SavedRegisters saved)
    {
        var target = guest.NewVm();
        target.RestoreVcpus(saved);
        return target;
    }

    /// <summary>The distributor, then each vCPU's redistributor and CPU interface.</summary>
    public static void RestoreVcpus(this Guest guest, SavedRegisters saved) =>
        guest.RestoreVcpus(saved, Enumerable.Range(0, guest.Gic.VcpuCount));

    /// <summary>The same with the vCPUs in another order.</summary>
    public static void RestoreVcpus(this Guest guest, SavedRegisters saved, params IEnumerable<int> order)
    {
        foreach (var (offset, value) in saved.Distributor)
        {
            Done(guest.Gic.Userspace.WriteDistributorRegister(offset, value));
        }

        foreach (var vcpu in order)
        {
            guest.RestoreVcpu(saved, vcpu);
        }
    }

    private static void RestoreVcpu(this Guest guest, SavedRegisters saved, int vcpu)
    {
        foreach (var (offset, value) in saved.Redistributors[vcpu])
        {
            guest.SetRedistributor(vcpu, offset, value);
        }

        foreach (var (register, value) in saved.CpuInterfaces[vcpu])
        {
            Done(guest.Gic.Userspace.WriteSystemRegister(new VcpuIndex(vcpu), register, value));
        }
    }

    public static void SetRedistributor(this Guest guest, int vcpu, uint offset, uint value) =>
        Done(guest.Gic.Userspace.WriteRedistributorRegister(new VcpuIndex(vcpu), offset, value));

    public static void RestoreIts(this Guest guest, SavedRegisters saved, params IEnumerable<ItsStep> order)
    {
        foreach (var step in order)
        {
            if (step == ItsStep.Tables)
            {
                guest.RestoreTables();
            }

            foreach (var offset in OffsetsOf(step))
            {
                guest.SetIts(offset, saved.Its[offset]);
            }
        }
    }

    /// <summary>Saves, restores into another VM in the order that KVM documents, and resumes that.</summary>
    public static Guest Moved(this Guest guest) => guest.Moved(DocumentedOrder);

    /// <summary>The same with the ITS in another order.</summary>
    public static Guest Moved(this Guest guest, params IEnumerable<ItsStep> order)
    {
        var saved = guest.Save();
        var target = guest.NewVm(saved);
        target.RestoreIts(saved, order);
        target.Resume();
        return target;
    }

    /// <summary>Nothing is wrong with what was restored.</summary>
    public static void Resume(this Guest guest)
    {
        AssertDone(guest.Gic.Resume());
        Assert.Equal(RunState.Running, guest.Gic.State);
    }

    /// <summary>Resume tells this one problem, and the VM stays paused.</summary>
    public static void AssertRefused(this Guest guest, RestoreProblemKind kind, string path)
    {
        var result = guest.Gic.Resume();
        Assert.Equal(AccessStatus.Ok, result.Status);
        var problem = Assert.Single(result.Problems);
        Assert.Equal((kind, path), (problem.Kind, problem.Path));
        Assert.Equal(RunState.Paused, guest.Gic.State);
    }

    public static void AssertNothingMapped(this Guest guest) => Assert.Equal(
        (0, 0), (guest.Gic.Inspection.Its(0).DeviceCount, guest.Gic.Inspection.Its(0).CollectionCount));

    public static void AssertDone(CommitResult result)
    {
        Assert.Empty(result.Problems);
        Assert.True(result.IsDone, $"{result.Status}");
    }

    private static ulong Done(UserspaceResult result)
    {
        Assert.True(result.Error == UserspaceError.None, $"{result.Error}: {result.Message}");
        return result.Value;
    }

    private static int[] OffsetsOf(ItsStep step) => step switch
    {
        ItsStep.Iidr => [GitsOffset.Iidr],
        ItsStep.Cbaser => [GitsOffset.Cbaser],
        ItsStep.Creadr => [GitsOffset.Creadr],
        ItsStep.Cwriter => [GitsOffset.Cwriter],
        ItsStep.Basers => [.. Enumerable.Range(0, BaserCount).Select(Baser)],
        ItsStep.Ctlr => [GitsOffset.Ctlr],
        _ => [],
    };
}
