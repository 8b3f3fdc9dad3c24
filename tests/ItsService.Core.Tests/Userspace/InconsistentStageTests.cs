using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Userspace;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// Values that do not go together are refused when the VM is to run: all of them are told at once, they stay staged,
/// and the VM is what it was. When they are mended it runs.
/// </summary>
public class InconsistentStageTests
{
    /// <summary>What is written to a Paused VM in which all is set up, and where the problem is.</summary>
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["CREADR beyond the queue"] = new(
            port => port.WriteIts(0, GitsOffset.Creadr, 16 * 4096),
            port => port.WriteIts(0, GitsOffset.Creadr, 0),
            "its[0].GITS_CREADR"),
        ["CREADR in the queue before and not in the new one"] = new(
            port =>
            {
                DisableAndEnable(port);
                port.WriteIts(0, GitsOffset.Creadr, 4096);
                port.WriteIts(0, GitsOffset.Cwriter, 0);
                port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue());
            },
            port => port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 1),
            "its[0].GITS_CREADR"),
        ["CWRITER beyond the queue"] = new(
            port => port.WriteIts(0, GitsOffset.Cwriter, 16 * 4096),
            port => port.WriteIts(0, GitsOffset.Cwriter, 32),
            "its[0].GITS_CWRITER"),
        ["Enabled without a queue"] = new(
            port =>
            {
                port.WriteIts(0, GitsOffset.Cbaser, Places.Queue());
                DisableAndEnable(port);
            },
            port => port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 15),
            "its[0].GITS_CTLR"),
        ["Enabled without a device table"] = new(
            port =>
            {
                DisableAndEnable(port);
                port.WriteIts(0, GitsOffset.Baser0, Places.DeviceTable() | Guest.Pages64K);
            },
            port => port.WriteIts(0, GitsOffset.Ctlr, 0),
            "its[0].GITS_CTLR"),
        ["Enabled without a collection table"] = new(
            port =>
            {
                DisableAndEnable(port);
                port.WriteIts(0, GitsOffset.Baser1, Places.CollectionTable() | Guest.Pages64K);
            },
            port => port.WriteIts(0, GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K),
            "its[0].GITS_CTLR"),
        ["CBASER under an ITS that is enabled"] = new(
            port => port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 14),
            port => port.WriteIts(0, GitsOffset.Ctlr, 0),
            "its[0].GITS_CBASER"),
        ["BASER0 under an ITS that is enabled"] = new(
            port => port.WriteIts(0, GitsOffset.Baser0, Guest.Valid | Places.Scratch | Guest.Pages64K),
            DisableAndEnable,
            "its[0].GITS_BASER0"),
        ["BASER1 under an ITS that is enabled"] = new(
            port => port.WriteIts(0, GitsOffset.Baser1, 0),
            port => port.WriteIts(0, GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K),
            "its[0].GITS_BASER1"),
        ["tables over what is mapped"] = new(
            port => port.RestoreTables(),
            port => port.Guest.Gic.Userspace.ResetIts(0),
            "its[0]"),
        ["PENDBASER under LPIs that are enabled"] = new(
            port => port.WriteGicr64(1, GicrOffset.Pendbaser, Places.Scratch),
            port => port.WriteGicr(1, GicrOffset.Ctlr, 0),
            "redistributor[1].GICR_PENDBASER"),
        ["PROPBASER under LPIs that are enabled"] = new(
            port => port.WriteGicr64(0, GicrOffset.Propbaser, Places.Scratch | 15),
            port => port.WriteGicr64(0, GicrOffset.Propbaser, Places.ConfigurationTable | 15),
            "redistributor[0].GICR_PROPBASER"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Inconsistent_values_are_refused_as_a_whole_until_they_are_mended(string name)
    {
        var (write, mend, path) = Cases[name];
        var guest = Running();
        guest.Gic.Pause();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        write(port);
        var staged = Registers(port);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var refused = guest.Gic.Resume();
            Assert.True(path == Assert.Single(refused.Problems).Path, $"{name}: {refused.Problems[0]}");
            Assert.Equal((AccessStatus.Ok, RunState.Paused), (refused.Status, guest.Gic.State));
            Assert.True(guest.Gic.Userspace.HasStaged);
            Assert.Equal(staged, Registers(port));
            Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
        }

        mend(port);
        port.Resume();
        Assert.False(guest.Gic.Userspace.HasStaged);
    }

    /// <summary>The register is shared, and another vCPU, whichever, may set it in the same commit.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Shared_PROPBASER_cannot_change_under_LPIs_that_stay_enabled(int enabled, int disabled)
    {
        var guest = Running();
        guest.Gicr(disabled).Write32(GicrOffset.Ctlr, 0);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteGicr64(disabled, GicrOffset.Propbaser, Places.Scratch | 15);
        port.WriteGicr64(enabled, GicrOffset.Propbaser, Places.Scratch | 15);

        Assert.Equal($"redistributor[{enabled}].GICR_PROPBASER", Assert.Single(guest.Gic.Resume().Problems).Path);

        // What is in use there stays so, whatever the register becomes.
        port.WriteGicr64(enabled, GicrOffset.Propbaser, Places.ConfigurationTable | 15);
        port.Resume();
        Assert.Equal(Places.Scratch, guest.Gicr(disabled).Read64(GicrOffset.Propbaser) & 0x000F_FFFF_FFFF_F000);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var guest = Running(itsCount: 2);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteIts(0, GitsOffset.Creadr, 0xF_FFE0);
        port.WriteIts(0, GitsOffset.Cwriter, 0xF_FFE0);
        port.WriteIts(0, GitsOffset.Baser0, 0);
        port.WriteIts(1, GitsOffset.Cbaser, 0);
        port.RestoreTables(1);
        port.WriteGicr64(0, GicrOffset.Pendbaser, Places.Scratch);
        port.WriteGicr64(1, GicrOffset.Propbaser, Places.Scratch | 15);
        port.WriteGicr64(3, GicrOffset.Pendbaser, Places.Scratch);

        var paths = guest.Gic.Resume().Problems.Select(problem => problem.Path).Order();

        Assert.Equal(
            [
                "its[0].GITS_BASER0", "its[0].GITS_CREADR", "its[0].GITS_CWRITER", "its[1]", "its[1].GITS_CBASER",
                "redistributor[0].GICR_PENDBASER", "redistributor[1].GICR_PROPBASER",
                "redistributor[3].GICR_PENDBASER",
            ],
            paths);
    }

    [Fact]
    public void Nothing_is_written_while_the_VM_runs()
    {
        var guest = Running();
        var before = guest.Gic.Persistence.Save();
        var userspace = guest.Gic.Userspace;

        UserspaceResult[] results =
        [
            .. ItsSteps.Offsets.Select(offset => userspace.WriteItsRegister(0, offset, 0)),
            userspace.WriteRedistributorRegister(new VcpuIndex(0), GicrOffset.Ctlr, 0),
            userspace.WriteDistributorRegister(0, 0),
            userspace.WriteSystemRegister(new VcpuIndex(0), SystemRegister.IccPmr, 0),
            userspace.RestoreTables(0),
            userspace.ResetIts(0),
        ];

        Assert.All(results, result => Assert.Equal(UserspaceError.Running, result.Error));
        Assert.Equal(AccessStatus.Running, userspace.SaveTables(0).Status);
        Assert.Equal(AccessStatus.Running, userspace.SavePendingTables().Status);
        Assert.False(userspace.HasStaged);
        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    [Fact]
    public void A_pending_table_that_cannot_be_cleared_keeps_all_of_them_as_they_were()
    {
        var guest = Running();
        guest.Signal(1, 0);
        guest.Signal(1, 1);
        var (copy, image) = Moved(guest);
        copy.Memory.MakeReadOnly(new GuestRange(new GuestAddress(Places.PendingTable(1)), 0x2000));
        copy.Gic.Pause();
        image.WriteAll(new AttributePort(copy));

        Assert.Equal("redistributor[1]", Assert.Single(copy.Gic.Resume().Problems).Path);
        Assert.Null(RamCopy.Difference(guest, copy));

        copy.Memory.Heal();
        new AttributePort(copy).Resume();
        Assert.Equal([8192], copy.PendingAt(0));
        Assert.Equal([8193], copy.PendingAt(1));
    }

    /// <summary>The LPIs of the first are out of its table by then: to refuse would be to lose them.</summary>
    [Fact]
    public void A_pending_table_that_fails_when_another_is_cleared_already_keeps_its_bits()
    {
        var guest = Running();
        guest.Signal(1, 0);
        guest.Signal(1, 1);
        var (copy, image) = Moved(guest);
        copy.Memory.FaultWrites(new GuestRange(new GuestAddress(Places.PendingTable(1)), 0x2000));
        copy.Gic.Pause();
        image.WriteAll(new AttributePort(copy));

        new AttributePort(copy).Resume();

        Assert.Equal([8192], copy.PendingAt(0));
        Assert.Equal([8193], copy.PendingAt(1));
        Assert.Equal(0, copy.ReadByte(Places.PendingByte(0, 8192)));
        Assert.Equal(2, copy.ReadByte(Places.PendingByte(1, 8193)));
    }

    [Fact]
    public void A_pending_table_that_is_fetched_while_others_are_cleared_loses_nothing()
    {
        var guest = Running();
        guest.Signal(1, 0);
        guest.Signal(1, 1);
        var (copy, image) = Moved(guest);
        copy.Gic.Pause();
        image.WriteAll(new AttributePort(copy));
        copy.Memory.AbsentForWrites(new GuestRange(new GuestAddress(Places.PendingTable(1)), 0x2000));

        Assert.Equal(AccessStatus.NotResident, copy.Gic.Resume().Status);
        copy.Memory.Heal();
        new AttributePort(copy).Resume();

        Assert.Equal([8192], copy.PendingAt(0));
        Assert.Equal([8193], copy.PendingAt(1));
    }

    private static void DisableAndEnable(AttributePort port)
    {
        port.WriteIts(0, GitsOffset.Ctlr, 0);
        port.WriteIts(0, GitsOffset.Ctlr, 1);
    }

    private static Guest Running(int itsCount = 1)
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = itsCount });
        for (var its = 0; its < itsCount; its++)
        {
            guest.RunOn(
                its, GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1), GuestCommand.Mapd(1, 4, Places.Itt(1, its)),
                GuestCommand.Mapti(1, 0, 8192, 0), GuestCommand.Mapti(1, 1, 8193, 1));
        }

        return guest;
    }

    private static (Guest Copy, AttributeImage Image) Moved(Guest guest)
    {
        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        return (copy, AttributeImage.Of(guest));
    }

    private static ulong[] Registers(AttributePort port) =>
    [
        .. ItsSteps.Offsets.Select(offset => port.ReadIts(0, offset)),
        .. Enumerable.Range(0, port.Guest.Gic.VcpuCount).SelectMany(vcpu => new[]
        {
            port.ReadGicr64(vcpu, GicrOffset.Propbaser), port.ReadGicr64(vcpu, GicrOffset.Pendbaser),
            port.ReadGicr(vcpu, GicrOffset.Ctlr),
        }),
    ];

    private sealed record Case(Action<AttributePort> Write, Action<AttributePort> Mend, string Path);
}
