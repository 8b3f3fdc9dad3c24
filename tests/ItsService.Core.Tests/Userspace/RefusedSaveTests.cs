using ItsService.Core.Identifiers;
using ItsService.Core.Tests.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>A save of tables brings what is staged into force, or is refused and leaves it staged.</summary>
public class RefusedSaveTests
{
    [Fact]
    public void Refused_save_of_tables_leaves_the_stage_and_the_VM_as_they_were()
    {
        var guest = Staged();
        guest.Memory.FaultWrites(new GuestRange(new GuestAddress(Places.DeviceTable()), 0x10000));
        var before = guest.Gic.Persistence.Save();

        Assert.Equal("its[0].device[0x1]", Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems).Path);
        Assert.Equal("its[0].device[0x1]", Assert.Single(guest.Gic.Userspace.SaveAllTables().Problems).Path);

        Assert.True(guest.Gic.Userspace.HasStaged);
        Assert.Equal(0UL, new AttributePort(guest).ReadIts(0, GitsOffset.Ctlr) & 1);
        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));

        guest.Memory.Heal();
        Assert.True(guest.Gic.Userspace.SaveAllTables().IsDone);
        Assert.False(guest.Gic.Userspace.HasStaged);
        Assert.Equal(0UL, new AttributePort(guest).ReadIts(0, GitsOffset.Ctlr) & 1);
        Assert.Equal(TableEntries.Dte(Places.Itt(1), 4), guest.Read64(Places.DeviceTable() + 8));
    }

    [Fact]
    public void Refused_save_of_pending_tables_leaves_the_stage_and_the_VM_as_they_were()
    {
        var guest = Staged();
        guest.Memory.FaultWrites(new GuestRange(new GuestAddress(Places.PendingTable(2)), 0x2000));
        guest.Memory.FaultReads(new GuestRange(new GuestAddress(Places.PendingTable(2)), 0x2000));
        var before = guest.Gic.Persistence.Save();

        Assert.Equal("redistributor[2]", Assert.Single(guest.Gic.Userspace.SavePendingTables().Problems).Path);
        Assert.Equal("redistributor[2]", Assert.Single(guest.Gic.Userspace.SaveAllTables().Problems).Path);

        Assert.True(guest.Gic.Userspace.HasStaged);
        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    /// <summary>The bits are what is pending, whether a restore took them over just now or before.</summary>
    [Fact]
    public void Pending_tables_that_are_saved_with_a_staged_restore_hold_what_is_pending()
    {
        var donor = Staged();
        ScriptedGuests.SaveTables(donor);
        var guest = new Guest(donor.Options);
        RamCopy.Copy(donor, guest);
        guest.Gic.Pause();
        AttributeImage.Of(donor).WriteAll(new AttributePort(guest));

        Assert.True(guest.Gic.Userspace.SaveAllTables().IsDone);

        Assert.Null(RamCopy.Difference(donor, guest));
        Assert.Equal([8192U], guest.PendingAt(2));
    }

    [Fact]
    public void Commands_that_will_wait_are_counted_by_what_is_staged()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0 });
        guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        Assert.Equal(3, guest.Gic.Userspace.WaitingCommands(0));

        port.WriteIts(0, GitsOffset.Creadr, 64);
        Assert.Equal(1, guest.Gic.Userspace.WaitingCommands(0));
        port.WriteIts(0, GitsOffset.Cwriter, 32);
        Assert.Equal((16 * 4096 / 32) - 1, guest.Gic.Userspace.WaitingCommands(0));
        port.WriteIts(0, GitsOffset.Cwriter, 0xF_FFE0);
        Assert.Equal(0, guest.Gic.Userspace.WaitingCommands(0));
        port.WriteIts(0, GitsOffset.Cwriter, 96);
        port.WriteIts(0, GitsOffset.Ctlr, 0);
        Assert.Equal(0, guest.Gic.Userspace.WaitingCommands(0));
    }

    /// <summary>An LPI mapped to vCPU 2 and pending there, and the ITS to be disabled.</summary>
    private static Guest Staged()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(1, 4, Places.Itt(1)), GuestCommand.Mapc(2, 2), GuestCommand.Mapti(1, 0, 8192, 2));
        guest.Signal(1, 0);
        guest.Gic.Pause();
        new AttributePort(guest).WriteIts(0, GitsOffset.Ctlr, 0);
        return guest;
    }
}
