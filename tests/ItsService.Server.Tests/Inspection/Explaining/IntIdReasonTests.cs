using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Inspection.Explaining.ExplainedGuest;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>Interrupts that are asked for by their INTID: LPIs that nothing maps, SPIs, PPIs and SGIs.</summary>
public class IntIdReasonTests
{
    private const uint Ppi = 27;
    private const uint Sgi = 3;

    [Fact]
    public async Task Lpi_is_explained_by_the_event_that_maps_it()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.SignalAsync(Device, 2);

        var answer = await guest.ExplainIntIdAsync(Lpi + 2);

        Assert.Equal(new LpiMapping { DeviceId = Device, EventId = 2 }, Assert.Single(answer.Mappings));
        Assert.False(answer.MappingsCut);
        answer.Mappings.Clear();
        Assert.Equal(await guest.ExplainAsync(2), answer);
    }

    [Fact]
    public async Task Lpi_that_several_events_map_is_told_with_all_of_them()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RunAsync(ItsCommand.MapEvent(Device, 9, Lpi, 0));

        var answer = await guest.ExplainIntIdAsync(Lpi);

        Assert.Equal([0u, 9u], answer.Mappings.Select(mapped => mapped.EventId));
    }

    [Fact]
    public async Task Lpi_that_no_event_maps_is_told_with_what_became_of_its_mapping()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RunAsync(ItsCommand.Discard(Device, 0));

        var answer = await guest.ExplainIntIdAsync(Lpi);

        Assert.Equal(NonDelivery.IntIdUnmapped, answer.Reason);
        Assert.StartsWith("no event maps LPI 8192, and it is not pending", answer.Message, StringComparison.Ordinal);
        Assert.Empty(answer.Mappings);
        Assert.Null(answer.Its);
        Assert.Equal(
            "DISCARD unmaps event 0 of device 0x10 and takes its pending state away", answer.LastEvents[^1].Message);
    }

    [Fact]
    public async Task Spi_that_was_never_raised_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);

        var answer = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal((NonDelivery.NeverSent, PendingHistory.Never), (answer.Reason, answer.History));
        Assert.StartsWith("SPI 40 was never pending since the reset", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spi_that_is_disabled_is_told_with_the_register_that_enables_it()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RaiseSpiAsync(isEnabled: false);

        var answer = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal(NonDelivery.Disabled, answer.Reason);
        Assert.Equal(
            "SPI 40 is pending and disabled; the guest must set its bit in GICD_ISENABLER1", answer.Message);
        Assert.False(answer.Interrupt.Passes);
    }

    [Fact]
    public async Task Spi_that_is_handled_is_acknowledged_and_active()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RaiseSpiAsync();
        Assert.Equal(Spi, await guest.AcknowledgeAsync(0));

        var active = await guest.ExplainIntIdAsync(Spi);
        await guest.SetLevelsAsync(LineLevels.Low(Spi), LineLevels.High(Spi));
        var pendingAgain = await guest.ExplainIntIdAsync(Spi);
        await guest.EndAsync(0, Spi);
        Assert.Equal(NonDelivery.LineRaised, (await guest.ExplainIntIdAsync(Spi)).Reason);
        Assert.Equal(Spi, await guest.AcknowledgeAsync(0));
        await guest.EndAsync(0, Spi);
        var ended = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal((NonDelivery.Acknowledged, true), (active.Reason, active.Interrupt.Active));
        Assert.StartsWith("SPI 40 was acknowledged and is active", active.Message, StringComparison.Ordinal);
        Assert.Equal((NonDelivery.Acknowledged, true), (pendingAgain.Reason, pendingAgain.Interrupt.Pending));
        Assert.Equal((NonDelivery.Acknowledged, false), (ended.Reason, ended.Interrupt.Active));
        Assert.Contains("a vCPU has acknowledged it", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spi_that_a_register_took_back_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RaiseSpiAsync();
        await guest.WriteGicdAsync(0x280 + 4, 1 << (int)(Spi % 32), 4);

        var answer = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal((NonDelivery.TakenAway, PendingHistory.TakenAway), (answer.Reason, answer.History));
    }

    [Fact]
    public async Task Spi_that_goes_to_no_vcpu_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.RaiseSpiAsync();
        await guest.WriteGicdAsync(0x6000 + (8 * Spi), 0x77, 8);

        var answer = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal((NonDelivery.NoTarget, false), (answer.Reason, answer.Interrupt.HasVcpu));
        Assert.Contains("GICD_IROUTER (0x77) names no vCPU", answer.Message, StringComparison.Ordinal);
        Assert.Null(answer.CpuInterface);
    }

    [Theory]
    [InlineData(Ppi, "PPI 27 of vCPU 1")]
    [InlineData(Sgi, "SGI 3 of vCPU 1")]
    public async Task Private_interrupt_is_that_of_its_vcpu(uint intId, string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.WriteAsync("GICR_ISPENDR0", 1u << (int)intId, index: 1);

        var pending = await guest.ExplainIntIdAsync(intId, vcpu: 1);
        var other = await guest.ExplainIntIdAsync(intId);

        Assert.Equal((NonDelivery.Disabled, 1u), (pending.Reason, pending.Interrupt.Vcpu));
        Assert.Equal(
            $"{name} is pending and disabled; the guest must set its bit in GICR_ISENABLER0", pending.Message);
        Assert.Equal((NonDelivery.NeverSent, 0u), (other.Reason, other.Interrupt.Vcpu));
    }
}
