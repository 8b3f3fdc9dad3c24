using ItsService.Core.GuestTables;
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

        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();
        Assert.Equal(widths.Length, copy.Gic.Inspection.Devices(0).Count());

        guest.Gic.Resume();
        guest.Run(GuestCommand.Mapd(400, 1, Places.Itt(400)));
        guest.Gic.Pause();
        var problem = Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems);
        Assert.Equal((RestoreProblemKind.Inconsistent, "its[0]"), (problem.Kind, problem.Path));
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
