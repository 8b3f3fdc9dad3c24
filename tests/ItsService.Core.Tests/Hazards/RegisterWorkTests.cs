using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Hazards;

/// <summary>
/// What a register write that has much to do takes from a budget of commands, beside the commands that it runs: one for
/// four LPIs, 256 bytes of a table being as much as an LPI.
/// </summary>
public class RegisterWorkTests
{
    private const int Many = 256;
    private const int PendingTableCost = (0x2000 - 0x400) / 256;
    private const int ChunkCost = 16;

    [Fact]
    public void Enabling_lpis_counts_the_pending_table_and_what_is_pending_in_it()
    {
        var guest = Guest.Started();
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Fill(Places.PendingByte(1, 8192), Many / 8, 0xFF);

        Assert.Equal((PendingTableCost + Many) / 4, CostOf(guest, Gicr(1, GicrOffset.Ctlr), 4, 1));
        Assert.Equal(Many, guest.PendingAt(1).Length);
        Assert.Equal(0, CostOf(guest, Gicr(1, GicrOffset.Ctlr), 4, 1)); // they are enabled already
    }

    [Fact]
    public void Disabling_lpis_counts_the_pending_table_and_what_is_pending()
    {
        var guest = WithEvents(Many);
        for (var eventId = 0u; eventId < Many; eventId++)
        {
            guest.Signal(0, eventId);
        }

        Assert.Equal((PendingTableCost + Many) / 4, CostOf(guest, Gicr(0, GicrOffset.Ctlr), 4, 0));
        Assert.Equal(0, CostOf(guest, Gicr(0, GicrOffset.Ctlr), 4, 0));
    }

    [Fact]
    public void Invalidating_all_counts_what_changed()
    {
        var guest = WithEvents(Many);
        guest.Fill(Places.ConfigurationTable, Many, 0x41);

        Assert.Equal((ChunkCost + Many) / 4, CostOf(guest, Gicr(0, GicrOffset.Invallr), 8, 0));
        Assert.Equal(ChunkCost / 4, CostOf(guest, Gicr(0, GicrOffset.Invallr), 8, 0));
    }

    [Fact]
    public void Invalidating_one_counts_the_search_for_an_lpi_that_is_pending_at_several()
    {
        var guest = Guest.Started(new GuestOptions { VcpuCount = 64 });
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);
        guest.Gicr(5).Write32(GicrOffset.Ctlr, 0);
        guest.SetPendingBit(5, 8192);
        guest.Gicr(5).Write32(GicrOffset.Ctlr, 1);
        guest.Configure(8192, 0x41);

        Assert.Equal(64 / 8 / 4, CostOf(guest, Gicr(0, GicrOffset.Invlpir), 8, 8192));
        Assert.Equal(0, CostOf(guest, Gicr(0, GicrOffset.Invlpir), 8, 8192)); // it did not change
    }

    [Fact]
    public void Another_device_table_counts_the_devices_and_events_that_are_forgotten()
    {
        var guest = WithEvents(Many - 1);
        guest.Disable();

        Assert.Equal(Many / 4, CostOf(guest, Gits(GitsOffset.Baser0), 8, Places.HighRam));
        Assert.Equal(0, CostOf(guest, Gits(GitsOffset.Baser0), 8, Places.HighRam + 0x1_0000));
    }

    [Fact]
    public void Another_collection_table_counts_the_collections_that_are_forgotten()
    {
        var guest = Guest.Started();
        for (var collection = 0u; collection < 8; collection++)
        {
            guest.Run(GuestCommand.Mapc(collection, 0));
        }

        guest.Disable();

        Assert.Equal(8 / 4, CostOf(guest, Gits(GitsOffset.Baser1), 8, Places.HighRam));
        Assert.Equal(0, CostOf(guest, Gits(GitsOffset.Baser1), 8, Places.HighRam + 0x1_0000));
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(128, 128 / 8 / 4)]
    public void Switching_the_distributor_counts_a_glance_at_each_vcpu(int vcpuCount, int cost) =>
        Assert.Equal(
            cost,
            CostOf(
                Guest.Started(new GuestOptions { VcpuCount = vcpuCount }),
                new FrameLocation(FrameKind.Gicd, 0, 0), 4, 0));

    [Fact]
    public void Write_that_costs_more_than_is_left_is_made_and_the_budget_stays_at_its_lowest()
    {
        var guest = WithEvents(Many);
        guest.Disable();
        var budget = int.MinValue + 1;

        guest.Gic.WriteRegister(Gits(GitsOffset.Baser0), 8, Places.HighRam, requester: null, ref budget);

        Assert.Equal(int.MinValue, budget);
        Assert.Empty(guest.Gic.Inspection.Devices(0));
    }

    private static FrameLocation Gicr(int vcpu, int offset) => new(FrameKind.Gicr, vcpu, offset);

    private static FrameLocation Gits(int offset) => new(FrameKind.Gits, 0, offset);

    private static int CostOf(Guest guest, FrameLocation register, int sizeBytes, ulong value)
    {
        var budget = 10_000;
        guest.Gic.WriteRegister(register, sizeBytes, value, requester: null, ref budget);
        return 10_000 - budget;
    }

    private static Guest WithEvents(uint count)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        for (var eventId = 1u; eventId < count; eventId++)
        {
            guest.Run(GuestCommand.Mapti(0, eventId, 8192 + eventId, 0));
        }

        return guest;
    }
}
