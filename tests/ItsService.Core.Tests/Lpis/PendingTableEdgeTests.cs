using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>Pending tables that are not looked at, or cannot be (tables section 10).</summary>
public class PendingTableEdgeTests
{
    private const ulong PendingTableZero = 1UL << 62;

    [Fact]
    public void Pending_table_zero_does_not_ask_where_the_table_is()
    {
        var guest = WithTables(Places.ConfigurationTable | 15, PendingTableZero | Places.OutsideRam);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Empty(guest.TakeEvents());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(12u)] // 13 bits: the first LPI needs 14
    public void Configuration_table_without_lpis_leaves_the_pending_table_alone(uint idBitsField)
    {
        var guest = WithTables(Places.ConfigurationTable | idBitsField, Places.OutsideRam);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        Assert.Empty(guest.TakeEvents());
    }

    [Fact]
    public void Unreadable_table_makes_nothing_pending_whatever_was_read_before()
    {
        var guest = WithTables(Places.ConfigurationTable | 15, Places.PendingTable(0));
        guest.Fill(Places.PendingTable(0), 8192, 0xFF);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Memory.FaultReads(new(new(Places.PendingTable(0)), 0x2000));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Empty(guest.PendingAt(0));
    }

    private static Guest WithTables(ulong propbaser, ulong pendbaser)
    {
        var guest = new Guest();
        guest.Gicr(0).Write64(GicrOffset.Propbaser, propbaser);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, pendbaser);
        return guest;
    }
}
