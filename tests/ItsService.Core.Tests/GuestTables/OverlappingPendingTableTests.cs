using ItsService.Core.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// Pending tables over one another and over tables of ITSs: each is written as a whole, and would erase what is pending
/// at another vCPU, or events that were written before.
/// </summary>
public class OverlappingPendingTableTests
{
    private const RestoreProblemKind Inconsistent = RestoreProblemKind.Inconsistent;

    [Fact]
    public void Two_vCPUs_with_one_pending_table_are_not_saved()
    {
        var guest = WithPendingTables(Places.PendingTable(0), Places.PendingTable(0));
        Map(guest, 1, 8192);
        guest.Signal(1, 0);
        guest.Gic.Pause();

        AssertRefused(guest, "redistributor[1].GICR_PENDBASER", "pending table of vCPU 0");
        Assert.True(guest.Gic.Userspace.SaveTables(0).IsDone);
        Assert.Equal([8192U], guest.PendingAt(0));
    }

    [Fact]
    public void Pending_table_over_a_translation_table_is_not_saved()
    {
        var guest = WithPendingTables(Places.PendingTable(0), Places.Itt(1));
        guest.Run(GuestCommand.Mapd(1, 8, Places.Itt(1) + 0x1000));
        guest.Gic.Pause();

        AssertRefused(guest, "its[0].device[0x1]", "pending table of vCPU 1");
        Assert.True(guest.Gic.Userspace.SaveTables(0).IsDone);
    }

    /// <summary>The part that is no LPI's is not touched, and what is behind the last LPI neither.</summary>
    [Fact]
    public void Tables_around_the_LPIs_of_a_pending_table_are_saved()
    {
        var guest = WithPendingTables(Places.PendingTable(0), Places.Itt(1));
        guest.Run(GuestCommand.Mapd(1, 7, Places.Itt(1)), GuestCommand.Mapd(2, 8, Places.Itt(1) + 0x2000));
        guest.Gic.Pause();

        Assert.True(guest.Gic.Userspace.SaveAllTables().IsDone);
    }

    [Fact]
    public void Table_of_a_vCPU_whose_LPIs_are_disabled_is_nobodys()
    {
        var guest = WithPendingTables(Places.PendingTable(0), Places.PendingTable(0));
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gic.Pause();

        Assert.True(guest.Gic.Userspace.SaveAllTables().IsDone);
    }

    /// <summary>They are not written either.</summary>
    [Fact]
    public void Tables_outside_RAM_that_nobody_misses_are_no_matter()
    {
        var guest = WithPendingTables(Places.OutsideRam, Places.OutsideRam);
        guest.Gic.Pause();
        Assert.True(guest.Gic.Userspace.SaveAllTables().IsDone);

        guest = Guest.Started(new GuestOptions { VcpuCount = 2 });
        Map(guest, 1, 8192);
        PlacePendingTables(guest, Places.OutsideRam, Places.OutsideRam);
        guest.Gic.Pause();
        Assert.Equal(
            (RestoreProblemKind.NotInRam, "redistributor[0]"),
            guest.Gic.Userspace.SaveAllTables().Problems.Select(problem => (problem.Kind, problem.Path)).Single());
    }

    private static void AssertRefused(Guest guest, string path, string message)
    {
        var before = guest.Gic.Persistence.Save();
        var memory = new Guest(guest.Options);
        RamCopy.Copy(guest, memory);
        foreach (var result in new[] { guest.Gic.Userspace.SavePendingTables(), guest.Gic.Userspace.SaveAllTables() })
        {
            var problem = Assert.Single(result.Problems);
            Assert.Equal((Inconsistent, path), (problem.Kind, problem.Path));
            Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        }

        Assert.Null(RamCopy.Difference(memory, guest));
        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    private static void Map(Guest guest, uint device, uint lpi) => guest.Run(
        GuestCommand.Mapd(device, 4, Places.Itt(device)), GuestCommand.Mapc(0, 0),
        GuestCommand.Mapti(device, 0, lpi, 0));

    private static Guest WithPendingTables(ulong first, ulong second)
    {
        var guest = Guest.Started(new GuestOptions { VcpuCount = 2 });
        PlacePendingTables(guest, first, second);
        guest.TakeEvents();
        return guest;
    }

    private static void PlacePendingTables(Guest guest, ulong first, ulong second)
    {
        foreach (var (vcpu, table) in new[] { (0, first), (1, second) })
        {
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
            guest.Gicr(vcpu).Write64(GicrOffset.Pendbaser, table | (1UL << 62));
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        }
    }
}
