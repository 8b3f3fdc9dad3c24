using ItsService.Core.GuestTables;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// Pages of the second level, which a guest gives and takes as it likes, over one another and over other tables: not
/// saved, since one would be written over the other, and not restored.
/// </summary>
public class OverlappingPageTests
{
    private const RestoreProblemKind Inconsistent = RestoreProblemKind.Inconsistent;
    private const uint PageDevices = 8192;

    private static readonly ulong Page = Places.Scratch;
    private static readonly ulong OtherPage = Places.Scratch + 0x1_0000;

    /// <summary>What a guest does; the path, and a part of the message, with which its tables are not saved.</summary>
    private static readonly Dictionary<string, (Action<Guest> Do, string Path, string Message)> Overlaps = new()
    {
        ["one page for two stretches of devices"] = (
            guest =>
            {
                PutPages(guest, Page, Page);
                MapEvent(guest, 0, 8192);
                MapEvent(guest, PageDevices, 8193);
            },
            "its[0].device_table.level1[1]", "page 0 of the device table of ITS 0"),
        ["one page that has devices once"] = (
            guest =>
            {
                PutPages(guest, Page, Page, OtherPage);
                MapEvent(guest, 0, 8192);
                MapEvent(guest, 2 * PageDevices, 8193);
            },
            "its[0].device_table.level1[1]", "page 0 of the device table of ITS 0"),
        ["one page twice, and no device"] = (
            guest => PutPages(guest, Page, 0, Page),
            "its[0].device_table.level1[2]", "page 0 of the device table of ITS 0"),
        ["one page twice, and no device that has one"] = (
            guest =>
            {
                PutPages(guest, Page, 0, OtherPage, Page);
                MapEvent(guest, 2 * PageDevices, 8193);
                PutPages(guest, Page, 0, 0, Page);
            },
            "its[0].device_table.level1[3]", "page 0 of the device table of ITS 0"),
        ["a translation table within a page"] = (
            guest =>
            {
                PutPages(guest, Page);
                guest.Run(GuestCommand.Mapd(1, 4, Page + 0x100));
            },
            "its[0].device[0x1]", "page 0 of the device table of ITS 0"),
        ["a translation table within a page without a device"] = (
            guest =>
            {
                PutPages(guest, Page, OtherPage);
                guest.Run(GuestCommand.Mapd(PageDevices, 4, Page + 0x100));
            },
            "its[0].device[0x2000]", "page 0 of the device table of ITS 0"),
        ["a page over the first level"] = (
            guest =>
            {
                PutPages(guest, Page, Places.DeviceTable());
                MapEvent(guest, PageDevices + 9, 8192);
            },
            "its[0].device_table.level1[1]", "device table of ITS 0"),
        ["a page over the collection table"] = (
            guest =>
            {
                PutPages(guest, Places.CollectionTable());
                MapEvent(guest, 9, 8192);
            },
            "its[0].collection_table", "page 0 of the device table of ITS 0"),
        ["a page over commands that wait"] = (
            guest =>
            {
                PutPages(guest, Places.Queue());
                MapEvent(guest, 0x1FF0, 8192);
                guest.Disable();
                guest.Publish(0, GuestCommand.Sync(0));
            },
            "its[0].device_table.level1[0]", "command queue of ITS 0"),
        ["a page over a translation table of another ITS"] = (
            guest =>
            {
                PutPages(guest, Page);
                MapEvent(guest, 9, 8192);
                guest.RunOn(1, GuestCommand.Mapd(5, 4, Page + 0x200));
            },
            "its[1].device[0x5]", "page 0 of the device table of ITS 0"),
    };

    public static TheoryData<string> Names => [.. Overlaps.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Tables_are_not_saved_and_nothing_is_written(string name)
    {
        var guest = Started();
        var (overlap, path, message) = Overlaps[name];
        overlap(guest);
        guest.Gic.Pause();
        var memory = new Guest(guest.Options);
        RamCopy.Copy(guest, memory);

        foreach (var result in new[] { guest.Gic.Userspace.SaveTables(0), guest.Gic.Userspace.SaveAllTables() })
        {
            var problem = Assert.Single(result.Problems);
            Assert.Equal((Inconsistent, path), (problem.Kind, problem.Path));
            Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        }

        Assert.Null(RamCopy.Difference(memory, guest));
    }

    /// <summary>What is behind the last device is not read either.</summary>
    [Fact]
    public void Pages_that_no_restore_comes_to_may_lie_anywhere()
    {
        var guest = Started();
        PutPages(guest, Page, OtherPage, Page, Places.DeviceTable(), Places.Itt(0));
        MapEvent(guest, 0, 8192);
        MapEvent(guest, PageDevices, 8193);

        Assert.Equal(["0:0=8192/0", "8192:0=8193/0"], Moved(guest));
    }

    /// <summary>So it is with a device whose page was taken away, which is passed over.</summary>
    [Fact]
    public void Page_of_a_device_that_lost_it_may_lie_anywhere()
    {
        var guest = Started();
        PutPages(guest, Page, OtherPage);
        MapEvent(guest, 0, 8192);
        MapEvent(guest, PageDevices, 8193);
        PutPages(guest, Page, 0, Page);

        Assert.Equal(["0:0=8192/0"], Moved(guest));
    }

    /// <summary>As a kernel would have written them.</summary>
    [Theory]
    [InlineData(0x5000_0000UL, "its[0].device[0x1]")]
    [InlineData(0x4110_0000UL, "its[0].collection_table")]
    public void Page_over_another_table_is_not_restored(ulong page, string path)
    {
        var itt = page == Places.Itt(0) ? page + 0x800 : Places.Itt(1);
        var tables = TableGuest.TwoLevel()
            .Write(Places.DeviceTable(), TableEntries.Level1(page))
            .Write(page + 8, TableEntries.Dte(itt, 4));

        tables.AssertRefused((Inconsistent, path));
    }

    [Fact]
    public void Page_of_collections_for_two_stretches_is_neither_saved_nor_restored()
    {
        var guest = WithCollectionPages(Page, Page);
        guest.Run([.. Enumerable.Range(0, 600).Select(number => GuestCommand.Mapc((uint)number, 0))]);
        guest.Gic.Pause();
        var problem = Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems);
        Assert.Equal((Inconsistent, "its[0].collection_table.level1[1]"), (problem.Kind, problem.Path));

        guest.Write64(Places.CollectionTable() + 8, TableEntries.Level1(OtherPage));
        Assert.True(guest.Gic.Userspace.SaveAllTables().IsDone);
        var copy = Staged(guest);
        copy.Write64(Places.CollectionTable() + 8, TableEntries.Level1(Page));
        problem = Assert.Single(copy.Gic.Resume().Problems);
        Assert.Equal(
            (RestoreProblemKind.Twice, "its[0].collection_table.level1[1]"), (problem.Kind, problem.Path));
    }

    /// <summary>The page that would hold the zero behind the last collection counts, too.</summary>
    [Theory]
    [InlineData(511, true)]
    [InlineData(512, false)]
    public void Page_of_collections_over_another_table_is_not_saved(int collections, bool isSaved)
    {
        var guest = WithCollectionPages(Page, Places.Itt(1));
        guest.Run(
        [
            GuestCommand.Mapd(1, 4, Places.Itt(1) + 0x800),
            .. Enumerable.Range(0, collections).Select(number => GuestCommand.Mapc((uint)number, 0)),
        ]);
        guest.Gic.Pause();

        var result = guest.Gic.Userspace.SaveTables(0);

        Assert.Equal(isSaved ? [] : ["its[0].device[0x1]"], result.Problems.Select(problem => problem.Path));
    }

    /// <summary>Its level-1 entries are looked for in memory that is fetched first.</summary>
    [Fact]
    public void First_level_that_is_not_resident_is_fetched_at_once()
    {
        var guest = Started();
        PutPages(guest, Page, OtherPage);
        MapEvent(guest, 0, 8192);
        MapEvent(guest, PageDevices, 8193);
        guest.Gic.Pause();
        guest.Memory.MakeAbsent(new Identifiers.GuestRange(new(Places.DeviceTable()), 8));
        guest.Memory.MakeAbsent(new Identifiers.GuestRange(new(Places.DeviceTable() + 8), 8));

        var missing = guest.Gic.Userspace.SaveTables(0);
        Assert.Equal(AccessStatus.NotResident, missing.Status);
        guest.Memory.Heal();

        Assert.True(guest.Gic.Userspace.SaveTables(0).IsDone);
    }

    private static Guest Started()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.Disable();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.DeviceTable() | Guest.Pages64K);
        guest.Enable();
        guest.Run(GuestCommand.Mapc(0, 0));
        return guest;
    }

    /// <summary>Places of pages, from index 0 on; 0 for none.</summary>
    private static void PutPages(Guest guest, params ulong[] pages)
    {
        for (var index = 0; index < pages.Length; index++)
        {
            guest.Write64(
                Places.DeviceTable() + ((ulong)index * 8), pages[index] == 0 ? 0 : TableEntries.Level1(pages[index]));
        }
    }

    private static void MapEvent(Guest guest, uint device, uint lpi)
    {
        guest.Run(
            GuestCommand.Mapd(device, 4, Places.Itt(200 + (device / PageDevices))),
            GuestCommand.Mapti(device, 0, lpi, 0));
        Assert.Empty(guest.TakeErrors());
    }

    private static Guest WithCollectionPages(ulong first, ulong second)
    {
        var guest = new Guest(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.StartRedistributors();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K);
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Guest.Indirect | Places.CollectionTable());
        guest.Write64(Places.CollectionTable(), TableEntries.Level1(first));
        guest.Write64(Places.CollectionTable() + 8, TableEntries.Level1(second));
        guest.PlaceQueue(0, 16);
        guest.Enable();
        return guest;
    }

    private static Guest Staged(Guest saved)
    {
        var copy = new Guest(saved.Options);
        RamCopy.Copy(saved, copy);
        copy.Gic.Pause();
        AttributeImage.Of(saved).WriteAll(new AttributePort(copy));
        return copy;
    }

    /// <summary>What is mapped in a VM to which all is moved.</summary>
    private static IEnumerable<string> Moved(Guest guest)
    {
        ScriptedGuests.SaveTables(guest);
        var copy = Staged(guest);
        new AttributePort(copy).Resume();
        return copy.Gic.Inspection.Devices(0).SelectMany(device => copy.Gic.Inspection.Events(0, device.Device)
            .Select(e => $"{device.Device.Value}:{e.Event.Value}={e.Lpi.Value}/{e.Collection.Value}"));
    }
}
