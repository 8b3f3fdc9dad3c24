using ItsService.Core.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

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
