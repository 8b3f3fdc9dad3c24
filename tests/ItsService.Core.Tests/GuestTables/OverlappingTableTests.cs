using ItsService.Core.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// Tables that lie over one another, of one ITS or of two: a save would write one over the other, and is refused while
/// the VM with the mappings is still there; a restore would read what belongs to the other.
/// </summary>
public class OverlappingTableTests
{
    private const RestoreProblemKind Inconsistent = RestoreProblemKind.Inconsistent;

    [Fact]
    public void Translation_tables_of_two_ITSs_over_one_another_are_not_saved()
    {
        var guest = Sharing(Places.Itt(1), Places.Itt(1) + 0x40);
        guest.Gic.Pause();

        foreach (var its in new[] { 0, 1 })
        {
            var problem = Assert.Single(guest.Gic.Userspace.SaveTables(its).Problems);
            Assert.Equal((Inconsistent, "its[1].device[0x9]"), (problem.Kind, problem.Path));
            Assert.Contains("device 0x1 of ITS 0", problem.Message, StringComparison.Ordinal);
            Assert.Contains("device 0x9", problem.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>As a kernel writes them, whose restore takes the events of the second for the first's.</summary>
    [Fact]
    public void Translation_tables_of_two_ITSs_over_one_another_are_not_restored()
    {
        var guest = Sharing(Places.Itt(1), Places.Itt(2));
        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Write64(Places.DeviceTable(1) + (9 * 8), TableEntries.Dte(Places.Itt(1), 4));
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));

        var problem = Assert.Single(copy.Gic.Resume().Problems);

        Assert.Equal((Inconsistent, "its[1].device[0x9]"), (problem.Kind, problem.Path));
    }

    /// <summary>The ITS that is not restored keeps what it has mapped, and could not be saved any more.</summary>
    [Fact]
    public void Translation_table_over_one_of_an_ITS_that_keeps_its_mappings_is_not_restored()
    {
        var guest = Sharing(Places.Itt(1), Places.Itt(2));
        guest.Gic.Pause();
        Assert.True(guest.Gic.Userspace.SaveTables(1).IsDone);
        guest.Write64(Places.DeviceTable(1) + (9 * 8), TableEntries.Dte(Places.Itt(1), 4));
        StageAgain(guest, its: 1);

        var problem = Assert.Single(guest.Gic.Resume().Problems);

        Assert.Equal((Inconsistent, "its[1].device[0x9]"), (problem.Kind, problem.Path));
        guest.Write64(Places.DeviceTable(1) + (9 * 8), TableEntries.Dte(Places.Itt(2), 4));
        new AttributePort(guest).Resume();
        Assert.Equal([9U], guest.Gic.Inspection.Devices(1).Select(device => device.Device.Value));
        Assert.Equal([1U], guest.Gic.Inspection.Devices(0).Select(device => device.Device.Value));
    }

    [Fact]
    public void ITSs_that_keep_tables_over_one_another_do_not_hinder_a_third()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 3 });
        foreach (var its in new[] { 0, 1 })
        {
            guest.RunOn(its, GuestCommand.Mapd(1, 4, Places.Itt(1)));
        }

        guest.RunOn(2, GuestCommand.Mapd(5, 4, Places.Itt(3)));
        guest.Gic.Pause();
        Assert.True(guest.Gic.Userspace.SaveTables(2).IsDone);
        StageAgain(guest, its: 2);

        new AttributePort(guest).Resume();

        Assert.Equal([5U], guest.Gic.Inspection.Devices(2).Select(device => device.Device.Value));
    }

    [Fact]
    public void An_ITS_whose_tables_are_apart_is_saved_whatever_the_others_have()
    {
        var guest = Sharing(Places.Itt(1), Places.Itt(2));
        guest.RunOn(1, GuestCommand.Mapd(10, 4, Places.Itt(2)));
        guest.Gic.Pause();

        Assert.True(guest.Gic.Userspace.SaveTables(0).IsDone);
        Assert.Equal("its[1].device[0xA]", Assert.Single(guest.Gic.Userspace.SaveTables(1).Problems).Path);
    }

    [Theory]
    [InlineData("device table")]
    [InlineData("collection table")]
    [InlineData("command queue")]
    public void Translation_table_over_what_is_not_its_own_is_not_saved(string what)
    {
        var guest = Guest.Started();
        var place = what switch
        {
            "device table" => Places.DeviceTable() + 0x8000,
            "collection table" => Places.CollectionTable() + 0x8000,
            _ => Places.Queue() + 0x8000,
        };
        guest.Run(GuestCommand.Mapd(1, 4, place));
        guest.Disable();
        guest.Publish(0, GuestCommand.Sync(0));
        guest.Gic.Pause();

        var problem = Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems);
        Assert.Equal((Inconsistent, "its[0].device[0x1]"), (problem.Kind, problem.Path));
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
    }

    /// <summary>As a VMM does that puts one ITS back to what its tables hold.</summary>
    private static void StageAgain(Guest guest, int its)
    {
        var port = new AttributePort(guest);
        int[] offsets =
        [
            GitsOffset.Cbaser, GitsOffset.Creadr, GitsOffset.Cwriter, GitsOffset.Baser0, GitsOffset.Baser1,
        ];
        var values = offsets.Select(offset => port.ReadIts(its, offset)).ToArray();
        Assert.Equal(Core.Userspace.UserspaceError.None, guest.Gic.Userspace.ResetIts(its).Error);
        foreach (var (offset, value) in offsets.Zip(values))
        {
            port.WriteIts(its, offset, value);
        }

        port.WriteIts(its, GitsOffset.Ctlr, 1);
        port.RestoreTables(its);
    }

    private static Guest Sharing(ulong first, ulong second)
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.RunOn(0, GuestCommand.Mapc(0, 0), GuestCommand.Mapd(1, 4, first), GuestCommand.Mapti(1, 0, 8192, 0));
        guest.RunOn(1, GuestCommand.Mapc(0, 0), GuestCommand.Mapd(9, 4, second), GuestCommand.Mapti(9, 0, 8200, 0));
        return guest;
    }
}
