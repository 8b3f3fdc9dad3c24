using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Hazards;

/// <summary>A guest's choice of commands does not decide how long one entry into the controller lasts.</summary>
public class WorkBoundTests
{
    [Fact]
    public void Invalls_that_touch_many_lpis_end_the_inline_run_early()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 64 });
        MapMany(guest, 4096);
        var invalls = Enumerable.Repeat(GuestCommand.Invall(0), 20).ToArray();

        guest.Publish(0, invalls);

        // 16 chunks of 256 LPIs at 16 each: 1 + 256 / 4 units, so that one is already more than the 64 that a write may
        // spend.
        Assert.True(guest.Gic.HasRunnableCommands);
        Assert.Equal(1, guest.Gic.Step(1).ExecutedCount);
        Assert.Equal(1, guest.Gic.Step(65).ExecutedCount);
        Assert.Equal(2, guest.Gic.Step(66).ExecutedCount);
        guest.Drain();
        Assert.Equal(guest.Cwriter(), guest.Creadr());
    }

    [Fact]
    public void Movalls_count_by_what_they_move()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 64 });
        MapMany(guest, 256);
        for (var eventId = 0u; eventId < 256; eventId++)
        {
            guest.Signal(0, eventId);
        }

        guest.Publish(0, GuestCommand.Movall(0, 1), GuestCommand.Movall(1, 0));

        Assert.True(guest.Gic.HasRunnableCommands);
        Assert.Equal(256, guest.PendingAt(1).Length);
        guest.Drain();
        Assert.Equal(256, guest.PendingAt(0).Length);
    }

    [Theory]
    [InlineData(0u)] // the source itself
    [InlineData(3u)] // a vCPU with LPIs disabled
    public void Movalls_that_may_not_move_cost_one_command_each(uint destination)
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 1 });
        MapMany(guest, 256);
        guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
        for (var eventId = 0u; eventId < 256; eventId++)
        {
            guest.Signal(0, eventId);
        }

        guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Movall(0, destination), 5)]);

        Assert.Equal(4, guest.Gic.Step(4).ExecutedCount);
        Assert.Equal(256, guest.PendingAt(0).Length);
    }

    [Fact]
    public void Configurations_that_cannot_be_read_count_as_well()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 64 });
        MapMany(guest, 512);
        guest.Memory.FaultReads(new(new(Places.ConfigurationTable), 0x1_0000));

        guest.Publish(0, GuestCommand.Invall(0), GuestCommand.Invall(0), GuestCommand.Invall(0));

        Assert.Equal(guest.Cwriter() - 0x40, guest.Creadr());
        guest.Drain();
    }

    [Fact]
    public void Events_of_a_device_that_is_unmapped_count()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 64 });
        MapMany(guest, 512);

        guest.Publish(0, GuestCommand.MapdUnmap(0), GuestCommand.Sync(0));

        Assert.Equal(guest.Cwriter() - 0x20, guest.Creadr());
        guest.Drain();
    }

    [Fact]
    public void Writes_with_one_budget_run_no_more_than_that_together()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2, InlineCommandsMax = 4 });
        var syncs = Enumerable.Repeat(GuestCommand.Sync(0), 6).ToArray();
        var cwriter = new FrameLocation(FrameKind.Gits, 0, GitsOffset.Cwriter);
        var offset = guest.Queue(0, syncs);
        guest.Queue(1, syncs);
        var budget = 9;

        guest.Gic.WriteRegister(cwriter, 8, offset, requester: null, ref budget);
        Assert.Equal((5, 4 * 0x20UL), (budget, guest.Creadr(0))); // no more than one write may
        guest.Gic.WriteRegister(cwriter with { Index = 1 }, 8, offset, requester: null, ref budget);
        Assert.Equal((1, 4 * 0x20UL), (budget, guest.Creadr(1)));
        guest.Gic.WriteRegister(cwriter, 8, offset, requester: null, ref budget);
        Assert.Equal((0, 5 * 0x20UL), (budget, guest.Creadr(0)));
        guest.Gic.WriteRegister(cwriter, 8, offset, requester: null, ref budget);

        Assert.Equal((0, 5 * 0x20UL), (budget, guest.Creadr(0)));
        Assert.True(guest.Gic.HasRunnableCommands);
    }

    [Fact]
    public void Budget_pays_for_the_lpis_that_a_command_touches()
    {
        var guest = Guest.Started();
        MapMany(guest, 512);
        var offset = guest.Queue(0, GuestCommand.Invall(0), GuestCommand.Sync(0));
        var budget = 5;

        guest.Gic.WriteRegister(
            new FrameLocation(FrameKind.Gits, 0, GitsOffset.Cwriter), 8, offset, requester: null, ref budget);

        Assert.Equal(guest.Cwriter() - 0x20, guest.Creadr());
        Assert.InRange(budget, int.MinValue, 0); // more was spent than there was, by one command
    }

    [Fact]
    public void A_queue_that_is_kept_full_does_not_starve_another_its()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2, InlineCommandsMax = 1 });
        var syncs = Enumerable.Repeat(GuestCommand.Sync(0), 64).ToArray();
        guest.Publish(0, syncs);
        guest.Publish(1, syncs);

        for (var step = 0; step < 16; step++)
        {
            guest.Gic.Step(4);
        }

        Assert.InRange(guest.Creadr(0) / 32, 24u, 40u);
        Assert.InRange(guest.Creadr(1) / 32, 24u, 40u);
    }

    private static void MapMany(Guest guest, uint count)
    {
        guest.Map(0, 0, 8192);
        for (var eventId = 1u; eventId < count; eventId++)
        {
            guest.Run(GuestCommand.Mapti(0, eventId, 8192 + eventId, 0));
        }
    }
}
