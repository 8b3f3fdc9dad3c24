using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>GITS_BASERn from outside the guest: what was mapped in a table goes with it.</summary>
public class StagedTableTests
{
    /// <summary>How a VMM without CTRL_RESET empties an ITS before it restores one (kvm-uapi section 6).</summary>
    [Fact]
    public void Tables_that_were_taken_away_and_given_back_are_empty_and_can_be_restored()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        ScriptedGuests.SaveTables(guest);
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        TakeAwayAndGiveBack(port);
        port.RestoreTables();
        port.Resume();

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    [Fact]
    public void Tables_that_were_taken_away_and_given_back_have_nothing_of_what_was_mapped()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Gic.Pause();
        TakeAwayAndGiveBack(new AttributePort(guest));
        new AttributePort(guest).Resume();

        Assert.Empty(guest.Gic.Inspection.Devices(0));
        Assert.Empty(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Table_that_is_written_as_it_is_keeps_what_is_mapped()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Gic.Pause();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        port.WriteIts(0, GitsOffset.Ctlr, 0);
        port.WriteIts(0, GitsOffset.Baser0, port.ReadIts(0, GitsOffset.Baser0));
        port.WriteIts(0, GitsOffset.Baser1, port.ReadIts(0, GitsOffset.Baser1));
        port.WriteIts(0, GitsOffset.Ctlr, 1);
        port.Resume();

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    /// <summary>As KVM ignores it, and a guest.</summary>
    [Fact]
    public void Table_that_was_written_under_an_enabled_ITS_and_is_what_it_was_keeps_what_is_mapped()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Gic.Pause();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        var devices = port.ReadIts(0, GitsOffset.Baser0);
        port.WriteIts(0, GitsOffset.Baser0, 0);
        port.WriteIts(0, GitsOffset.Baser0, devices);
        port.Resume();

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    /// <summary>What another ITS gives up in the same commit leaves room, be its number lower or higher.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void As_much_may_be_restored_as_another_ITS_gives_up(int restored, int emptied)
    {
        var options = new GuestOptions { ItsCount = 2, MappedDevicesMax = 2, MappedEventsMax = 2 };
        var donor = WithTwoDevices(options, restored);
        ScriptedGuests.SaveTables(donor);
        var guest = WithTwoDevices(options, emptied);
        RamCopy.Copy(donor, guest);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        TakeAwayAndGiveBack(port, emptied);
        TakeAwayAndGiveBack(port, restored);
        port.RestoreTables(restored);

        port.Resume();

        Assert.Equal([1U, 2], guest.Gic.Inspection.Devices(restored).Select(device => device.Device.Value));
        Assert.Empty(guest.Gic.Inspection.Devices(emptied));
    }

    private static Guest WithTwoDevices(GuestOptions options, int its)
    {
        var guest = Guest.Started(options);
        guest.RunOn(its, GuestCommand.Mapc(0, 0));
        foreach (var device in new uint[] { 1, 2 })
        {
            guest.RunOn(
                its,
                GuestCommand.Mapd(device, 4, Places.Itt(device, its)),
                GuestCommand.Mapti(device, 0, 8192 + device, 0));
        }

        return guest;
    }

    private static void TakeAwayAndGiveBack(AttributePort port, int its = 0)
    {
        var (devices, collections) = (port.ReadIts(its, GitsOffset.Baser0), port.ReadIts(its, GitsOffset.Baser1));
        port.WriteIts(its, GitsOffset.Ctlr, 0);
        port.WriteIts(its, GitsOffset.Baser0, 0);
        port.WriteIts(its, GitsOffset.Baser1, 0);
        port.WriteIts(its, GitsOffset.Baser0, devices);
        port.WriteIts(its, GitsOffset.Baser1, collections);
        port.WriteIts(its, GitsOffset.Ctlr, 1);
    }
}
