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

    // GICD_IROUTER.IRM, and GICR_CTLR with LPIs and DPG1NS.
    private const ulong AnyVcpu = 1UL << 31;
    private const ulong NotForAnyVcpu = (1UL << 25) | 1;

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
    [Provokes(NonDelivery.IntIdUnmapped)]
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
    [Provokes(NonDelivery.NoTarget)]
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

    [Fact]
    public async Task Spi_has_the_values_of_its_registers()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, new ProfileOverrides { OneOfN = true });
        await guest.RaiseSpiAsync(priority: 0x88);
        await guest.WriteGicdAsync(0x6000 + (8 * Spi), 1, 8);

        var toOne = (await guest.ExplainIntIdAsync(Spi)).Interrupt;
        await guest.WriteGicdAsync(0x6000 + (8 * Spi), AnyVcpu, 8);
        await guest.WriteSystemAsync(0, "ICC_PMR_EL1", 0);
        var toAny = (await guest.ExplainIntIdAsync(Spi)).Interrupt;
        Assert.Equal(Spi, await guest.AcknowledgeAsync(1));
        await guest.SetLevelsAsync(LineLevels.Low(Spi));
        var active = (await guest.ExplainIntIdAsync(Spi)).Interrupt;

        var expected = new InterruptStep
        {
            Passes = true,
            IntId = Spi,
            Enabled = true,
            Pending = true,
            Group = 1,
            Priority = 0x88,
            EdgeTriggered = true,
            LevelHigh = true,
            Route = 1,
            Vcpu = 1,
        };
        Assert.Equal(expected, toOne);
        (expected.OneOfN, expected.Route) = (true, AnyVcpu);
        Assert.Equal(expected, toAny);
        (expected.Passes, expected.Pending, expected.Active, expected.LevelHigh) = (false, false, true, false);

        // Neither could take it now: the first has masked it, and the other handles it.
        expected.Vcpu = 0;
        Assert.Equal(expected, active);
    }

    [Fact]
    public async Task Spi_of_group_0_is_an_FIQ_that_has_enables_of_its_own()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, new ProfileOverrides { Group0 = true });
        await guest.RaiseSpiAsync();
        await guest.WriteGicdAsync(0x80 + 4, 0, 4);

        var inDistributor = await guest.ExplainIntIdAsync(Spi);
        await guest.WriteAsync("GICD_CTLR", 0b11);
        var inCpuInterface = await guest.ExplainIntIdAsync(Spi);
        await guest.WriteSystemAsync(0, "ICC_IGRPEN0_EL1", 1);
        var raised = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal("SPI 40 is pending, but GICD_CTLR.EnableGrp0 is 0; the guest must set it", inDistributor.Message);
        Assert.Equal(
            "SPI 40 is pending, but ICC_IGRPEN0_EL1 of vCPU 0 is 0; the guest must set it", inCpuInterface.Message);
        Assert.StartsWith(
            "SPI 40 is pending and the FIQ line of vCPU 0 is raised for it", raised.Message, StringComparison.Ordinal);
        Assert.Equal((0u, 0u), (raised.Interrupt.Group, raised.CpuInterface.Group));
        Assert.True(raised.CpuInterface.Line.FiqAsserted);
    }

    [Fact]
    public async Task Ppi_has_the_values_of_its_registers_and_no_route()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await ExplainedGuest.BootAsync(server.Tcp);
        await guest.SetLevelsAsync(LineLevels.High(Ppi, vcpu: 1));

        Assert.Equal(
            new InterruptStep { IntId = Ppi, Pending = true, LevelHigh = true, Vcpu = 1 },
            (await guest.ExplainIntIdAsync(Ppi, vcpu: 1)).Interrupt);
    }

    [Fact]
    public async Task Spi_for_any_vcpu_of_which_none_takes_part_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, new ProfileOverrides { OneOfN = true });
        await guest.RaiseSpiAsync();
        await guest.WriteGicdAsync(0x6000 + (8 * Spi), AnyVcpu, 8);
        await guest.WriteAsync("GICR_CTLR", NotForAnyVcpu, index: 0);
        await guest.WriteAsync("GICR_CTLR", NotForAnyVcpu, index: 1);

        var answer = await guest.ExplainIntIdAsync(Spi);

        Assert.Equal(
            (NonDelivery.NoTarget, true, false),
            (answer.Reason, answer.Interrupt.OneOfN, answer.Interrupt.HasVcpu));
        Assert.StartsWith(
            "SPI 40 is pending and may go to any vCPU, but none takes part: ", answer.Message,
            StringComparison.Ordinal);
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

    /// <summary>A guest that has not set up its ITS, and whose controller has what KVM's has not.</summary>
    private static async Task<Guest> BootAsync(Api api, ProfileOverrides overrides)
    {
        var spec = GuestMap.Spec();
        (spec.Profile, spec.Custom) = (Profile.Custom, overrides);
        var guest = await Guest.CreateAsync(api, "guest", spec);
        await guest.SetUpLpisAsync(vcpuCount: 2);
        return guest;
    }
}
