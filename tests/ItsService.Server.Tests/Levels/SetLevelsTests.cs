using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Guests.LineLevels;

namespace ItsService.Server.Tests.Levels;

/// <summary>Interrupts.SetLevels: the lines of devices without a session.</summary>
public class SetLevelsTests
{
    private const uint Level = 40;
    private const uint Edge = 41;
    private const uint Ppi = 27;
    private const uint Spurious = 1023;

    [Fact]
    public async Task Line_that_stays_high_is_taken_again_after_its_end_and_not_after_its_fall()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var raised = await guest.SetLevelsAsync(High(Level));
        var taken = await guest.AcknowledgeAsync(0);
        var whileActive = await guest.AcknowledgeAsync(0);
        await guest.EndAsync(0, Level);
        var takenAgain = await guest.AcknowledgeAsync(0);
        var lowered = await guest.SetLevelsAsync(Low(Level));
        await guest.EndAsync(0, Level);

        Assert.Equal((0u, true), Line(Assert.Single(raised.ChangedLines)));
        Assert.Equal((Level, Spurious, Level), (taken, whileActive, takenAgain));
        Assert.Empty(lowered.ChangedLines);
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
    }

    [Fact]
    public async Task Interrupt_that_is_not_taken_yet_goes_with_its_line()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await guest.SetLevelsAsync(High(Level));
        var lowered = await guest.SetLevelsAsync(Low(Level));

        Assert.Equal((0u, false), Line(Assert.Single(lowered.ChangedLines)));
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
    }

    [Fact]
    public async Task Edge_is_kept_after_the_line_fell_and_needs_a_fall_to_come_again()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await guest.SetLevelsAsync(High(Edge), Low(Edge));
        Assert.Equal(Edge, await guest.AcknowledgeAsync(0));
        await guest.EndAsync(0, Edge);
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));

        await guest.SetLevelsAsync(High(Edge));
        Assert.Equal(Edge, await guest.AcknowledgeAsync(0));
        await guest.EndAsync(0, Edge);
        await guest.SetLevelsAsync(High(Edge));
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
    }

    [Fact]
    public async Task Edge_that_comes_while_the_interrupt_is_active_is_taken_after_its_end()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.SetLevelsAsync(High(Edge), Low(Edge));
        Assert.Equal(Edge, await guest.AcknowledgeAsync(0));

        await guest.SetLevelsAsync(High(Edge), Low(Edge), High(Edge), Low(Edge));
        await guest.EndAsync(0, Edge);

        Assert.Equal(Edge, await guest.AcknowledgeAsync(0));
        await guest.EndAsync(0, Edge);
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
    }

    [Fact]
    public async Task Line_of_a_ppi_is_the_vcpus_own()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var raised = await guest.SetLevelsAsync(High(Ppi, vcpu: 1));

        Assert.Equal((1u, true), Line(Assert.Single(raised.ChangedLines)));
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
        Assert.Equal(Ppi, await guest.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Levels_of_one_call_are_one_moment()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        // No line of a vCPU has changed in the end, and nobody saw what was between.
        var cancelled = await guest.SetLevelsAsync(High(Level), High(Ppi, vcpu: 1), Low(Level), Low(Ppi, vcpu: 1));
        var both = await guest.SetLevelsAsync(High(Level), High(Ppi, vcpu: 1));

        Assert.Empty(cancelled.ChangedLines);
        Assert.Equal([(0u, true), (1u, true)], both.ChangedLines.Select(Line).Order());
    }

    [Fact]
    public async Task Line_that_is_set_while_its_interrupt_is_disabled_counts_when_it_is_enabled()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.WriteAsync("GICD_ICENABLER1", uint.MaxValue);

        var raised = await guest.SetLevelsAsync(High(Level), High(Edge), Low(Edge));
        await guest.WriteAsync("GICD_ISENABLER1", uint.MaxValue);

        Assert.Empty(raised.ChangedLines);
        Assert.Equal(Level, await guest.AcknowledgeAsync(0));
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
        await guest.EndAsync(0, Level);
        await guest.SetLevelsAsync(Low(Level));
        Assert.Equal(Edge, await guest.AcknowledgeAsync(0));
    }

    [Fact]
    public async Task No_levels_are_none()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        Assert.Empty((await guest.SetLevelsAsync()).ChangedLines);
    }

    private static (uint Vcpu, bool IsAsserted) Line(VcpuLine line) => (line.Vcpu, line.IrqAsserted);

    /// <summary>SPIs go to vCPU 0; <see cref="Edge"/> is edge-triggered, all else level-sensitive.</summary>
    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "guest");
        await guest.WriteAsync("GICD_IGROUPR1", uint.MaxValue);
        await guest.WriteAsync("GICD_ICFGR2", 0b10 << (int)(2 * (Edge % 16)));
        await guest.WriteAsync("GICD_ISENABLER1", uint.MaxValue);
        for (var vcpu = 0u; vcpu < 2; vcpu++)
        {
            await guest.WriteAsync("GICR_IGROUPR0", uint.MaxValue, vcpu);
            await guest.WriteAsync("GICR_ISENABLER0", 1u << (int)Ppi, vcpu);
        }

        return guest;
    }
}
