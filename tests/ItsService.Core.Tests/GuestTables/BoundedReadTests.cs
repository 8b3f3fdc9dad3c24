using ItsService.Core.GuestTables;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// However little memory a guest needs to describe millions of entries, a restore looks at so many, and keeps no more
/// of them than may be mapped.
/// </summary>
public class BoundedReadTests
{
    private const int ManyDevices = 300;

    /// <summary>Each device has the same translation table of 64 Ki entries: more than 2^24 in all.</summary>
    [Fact]
    public void Tables_without_end_are_given_up()
    {
        var tables = Amplified(new GuestOptions(), ManyDevices, TableEntries.Ite(100, 3, next: 1));
        tables.Stage();
        var before = tables.Guest.Gic.Persistence.Save();

        var result = tables.Guest.Gic.Resume();

        Assert.Contains(result.Problems, problem => problem.Kind == RestoreProblemKind.Inconsistent);
        Assert.Null(StateDifference.Between(before, tables.Guest.Gic.Persistence.Save()));
        Assert.InRange(result.Problems.Count, 1, 100);
    }

    /// <summary>
    /// Translation tables without an entry are looked through slot by slot: 255 of 2^16, and what with the slots of the
    /// device table and one of the collection table makes 2^24.
    /// </summary>
    [Fact]
    public void So_many_slots_as_may_be_looked_at_are_restored_and_more_are_not_saved()
    {
        int[] widths = [.. Enumerable.Repeat(16, 255), 15, 14, 13, 12, 11, 10, 9, 7, 6, 5, 4, 2];
        Assert.Equal(1 << 24, 1 + widths.Sum(bits => (1 << bits) + 1));
        var guest = Guest.Started();
        for (var number = 0u; number < widths.Length; number++)
        {
            guest.Run(GuestCommand.Mapd(number, widths[number], Places.Itt(number)));
        }

        Assert.Equal(widths.Length, DevicesMoved(guest));

        AssertOneMoreIsNotSaved(guest, 400);
    }

    /// <summary>
    /// 2,047 pages with their last device alone, each with a translation table of two slots, and one page with a
    /// translation table that fills up the rest: each has an entry in the first level, too.
    /// </summary>
    [Fact]
    public void Slots_in_front_of_a_device_in_its_page_count_too()
    {
        const uint Pages = 2048;
        const uint PageDevices = 8192;
        Assert.Equal(1U << 24, 1 + ((Pages - 1) * (1 + PageDevices + 2)) + 1 + 1 + (1 << 11));
        var guest = new Guest(new GuestOptions { Profile = Wide });
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.DeviceTable() | Guest.Pages64K);
        guest.Enable();
        for (var page = 0U; page < Pages; page++)
        {
            guest.Write64(Places.DeviceTable() + (page * 8), TableEntries.Level1(FarRam + (page * 0x1_0000UL)));
            guest.Run(page == Pages - 1
                ? GuestCommand.Mapd(page * PageDevices, 11, FarItt)
                : GuestCommand.Mapd((page * PageDevices) + PageDevices - 1, 1, FarItt + 0x10_0000 + (page * 0x100)));
        }

        Assert.Empty(guest.TakeErrors());
        Assert.Equal((int)Pages, DevicesMoved(guest));
        AssertOneMoreIsNotSaved(guest, ((Pages - 1) * PageDevices) + 1);
    }

    /// <summary>
    /// 17 devices with events 2^20 apart, which next leaps by 65,535 at most, and one 20,000 devices further on, which
    /// it leaps by 16,383; the rest are slots in front of the first device.
    /// </summary>
    [Fact]
    public void Slots_that_next_is_too_small_to_leap_count_too()
    {
        const uint Distance = (1 << 20) - 1;
        const uint Devices = 17;
        const uint Far = 20_000;
        var slots = 2 + (Devices * (1 + 1 + (Distance - 65_535) + 1)) + (Far - 16_383) + 1 + 2 + (1U << 15) + 1;
        var first = (1U << 24) - slots;
        var guest = new Guest(new GuestOptions { Profile = Wide });
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K | 15);
        guest.Enable();
        guest.Run(GuestCommand.Mapc(0, 0));
        for (var device = first; device < first + Devices; device++)
        {
            guest.Run(
                GuestCommand.Mapd(device, 20, FarRam + ((device - first) * 0x80_0000UL)),
                GuestCommand.Mapti(device, 0, 8192, 0), GuestCommand.Mapti(device, Distance, 8193, 0));
        }

        guest.Run(
            GuestCommand.Mapd(first + Devices, 15, FarItt),
            GuestCommand.Mapd(first + Devices + Far, 1, FarItt + 0x10_0000));
        Assert.Empty(guest.TakeErrors());
        Assert.Equal((int)Devices + 2, DevicesMoved(guest));
        AssertOneMoreIsNotSaved(guest, first + Devices + Far + 1);
    }

    /// <summary>
    /// A table without a device is looked through to its end, page by page; 8,192 slots are its first level.
    /// </summary>
    [Theory]
    [InlineData(2046, true)]
    [InlineData(2047, false)]
    public void Pages_without_a_device_count_too(int pages, bool isSaved)
    {
        var guest = new Guest(new GuestOptions { Profile = Wide });
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.DeviceTable() | Guest.Pages64K);
        guest.Enable();
        for (var page = 0; page < pages; page++)
        {
            guest.Write64(
                Places.DeviceTable() + ((ulong)page * 8), TableEntries.Level1(FarRam + ((ulong)page * 0x1_0000)));
        }

        guest.Gic.Pause();

        Assert.Equal(isSaved ? [] : ["its[0]"], guest.Gic.Userspace.SaveTables(0).Problems.Select(one => one.Path));
        if (isSaved)
        {
            Assert.Equal(0, DevicesMoved(guest));
        }
    }

    /// <summary>
    /// The slots in front of the first device count, those that <c>next</c> does not reach across, and of a table of
    /// two levels those of the first and those in front on each page. One more and it is not saved.
    /// </summary>
    /// <param name="indirect">Bits of GITS_BASER0.</param>
    /// <param name="first">The DeviceID of the first.</param>
    /// <param name="last">The DeviceID of the last; the others follow on the first.</param>
    /// <param name="narrow">What there is beside 255 devices of 2^16 events, by EventID bits.</param>
    [Theory]
    [InlineData(0, 60_000, 60_260, new[] { 12, 10, 7, 4, 3, 1 })]
    [InlineData(0, 0, 260 + 16_383 + 40_001, new[] { 14, 13, 9, 7, 5, 4, 3 })]
    [InlineData(Guest.Indirect, 0, (7 * 8192) + 7_922, new[] { 15, 14, 13, 1 })]
    public void Slots_of_the_device_table_count(ulong indirect, int first, int last, int[] narrow)
    {
        var guest = WithDevices(indirect, first, last, narrow);
        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();
        Assert.Equal(255 + narrow.Length, copy.Gic.Inspection.Devices(0).Count());

        var larger = WithDevices(indirect, first + (last - first == 260 ? 1 : 0), last + 1, narrow);
        larger.Gic.Pause();
        var problem = Assert.Single(larger.Gic.Userspace.SaveTables(0).Problems);
        Assert.Equal((RestoreProblemKind.Inconsistent, "its[0]"), (problem.Kind, problem.Path));
    }

    private static Guest WithDevices(ulong indirect, int first, int last, int[] narrow)
    {
        var guest = Guest.Started();
        guest.Disable();
        var pages = indirect == 0 ? 8UL : 1;
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | indirect | Places.DeviceTable() | Guest.Pages64K | (pages - 1));
        guest.Enable();
        guest.Write64(Places.DeviceTable(), indirect == 0 ? 0 : TableEntries.Level1(Places.DeviceTable() + 0x1_0000));
        guest.Write64(
            Places.DeviceTable() + (7 * 8), indirect == 0 ? 0 : TableEntries.Level1(Places.DeviceTable() + 0x2_0000));
        int[] widths = [.. Enumerable.Repeat(16, 255), .. narrow];
        for (var number = 0; number < widths.Length; number++)
        {
            var id = number == widths.Length - 1 ? last : first + number;
            guest.Run(GuestCommand.Mapd((uint)id, widths[number], Places.Itt((uint)number)));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    [Fact]
    public void Events_beyond_the_limit_are_not_kept()
    {
        var options = new GuestOptions { MappedEventsMax = 1000 };
        var tables = Amplified(options, ManyDevices, TableEntries.Ite(8192, 3, next: 1));
        tables.Stage();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = tables.Guest.Gic.Resume();

        Assert.Contains(result.Problems, problem => problem.Path == "its[0]");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    private static readonly GicProfile Wide =
        GicProfiles.Kvm with { DeviceIdBits = 32, EventIdBits = 20, PageSizes = TablePageSizes.All };

    private static readonly ulong FarRam = Places.HighRam;
    private static readonly ulong FarItt = Places.Scratch;

    /// <summary>How many devices a VM has to which all is moved.</summary>
    private static int DevicesMoved(Guest guest)
    {
        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();
        return copy.Gic.Inspection.Devices(0).Count();
    }

    private static void AssertOneMoreIsNotSaved(Guest guest, uint device)
    {
        guest.Gic.Resume();
        guest.Run(GuestCommand.Mapd(device, 1, Places.Scratch + 0x40_0000));
        Assert.Empty(guest.TakeErrors());
        guest.Gic.Pause();
        var problem = Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems);
        Assert.Equal((RestoreProblemKind.Inconsistent, "its[0]"), (problem.Kind, problem.Path));
    }

    private static TableGuest Amplified(GuestOptions options, int devices, ulong entry)
    {
        var itt = Places.Itt(2);
        var tables = new TableGuest(options).Collection(0, TableEntries.Cte(3, 3));
        for (var number = 0; number < devices; number++)
        {
            tables.Device((uint)number, TableEntries.Dte(itt, 16, next: number == devices - 1 ? 0u : 1));
        }

        for (var eventId = 0u; eventId < 0x1_0000; eventId++)
        {
            tables.Event(itt, eventId, eventId == 0xFFFF ? entry & 0x0000_FFFF_FFFF_FFFF : entry);
        }

        return tables;
    }
}
