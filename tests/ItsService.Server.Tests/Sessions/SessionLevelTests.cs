using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Sessions;

/// <summary>Lines of devices on the stream of a session, and the ends of their interrupts.</summary>
public class SessionLevelTests
{
    private const uint Spi = 33;
    private const uint Ppi = 27;

    [Fact]
    public async Task Level_raises_the_line_and_its_end_is_told_in_the_answer_that_ended_it()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        var raised = await vmm.AskAsync(Level(asserted: true));
        var acknowledged = await vmm.AskAsync(AttachedVmm.Acknowledge());
        var ended = await vmm.AskAsync(AttachedVmm.WriteSystem(0, "ICC_EOIR1_EL1", Spi));
        var lowered = await vmm.AskAsync(Level(asserted: false));

        Assert.NotNull(raised.Done);
        Assert.True(Assert.Single(raised.ChangedLines).IrqAsserted);
        Assert.Equal(Spi, acknowledged.Value);
        Assert.False(Assert.Single(acknowledged.ChangedLines).IrqAsserted);
        Assert.Equal(new EndOfInterrupt { IntId = Spi }, Assert.Single(ended.EndedInterrupts));
        Assert.True(Assert.Single(ended.ChangedLines).IrqAsserted);
        Assert.False(Assert.Single(lowered.ChangedLines).IrqAsserted);
        Assert.Empty(lowered.EndedInterrupts);
    }

    [Fact]
    public async Task End_that_somebody_else_makes_is_told_unasked()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await vmm.AskAsync(Level(asserted: true));
        await vmm.AskAsync(AttachedVmm.Acknowledge());

        await guest.EndAsync(0, Spi);
        var told = await vmm.ReadChangesAsync();

        Assert.Equal(new EndOfInterrupt { IntId = Spi }, Assert.Single(told.EndedInterrupts));
        Assert.True(Assert.Single(told.Lines).IrqAsserted);
    }

    [Fact]
    public async Task Level_that_does_not_ask_is_told_of_no_end()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await vmm.AskAsync(Level(asserted: true, notify: false));
        await vmm.AskAsync(AttachedVmm.Acknowledge());

        var ended = await vmm.AskAsync(AttachedVmm.WriteSystem(0, "ICC_EOIR1_EL1", Spi));

        Assert.Empty(ended.EndedInterrupts);
    }

    [Fact]
    public async Task End_of_a_ppi_tells_whose()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.WriteAsync("GICR_IGROUPR0", 1u << (int)Ppi, index: 1);
        await guest.WriteAsync("GICR_ISENABLER0", 1u << (int)Ppi, index: 1);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var level = new LineLevel { IntId = Ppi, Vcpu = 1, Asserted = true, NotifyAtEoi = true };

        await vmm.AskAsync(new VmmRequest { Levels = new LevelList { Levels = { level } } });
        var acknowledged = await vmm.AskAsync(AttachedVmm.Acknowledge(vcpu: 1));
        var ended = await vmm.AskAsync(AttachedVmm.WriteSystem(1, "ICC_EOIR1_EL1", Ppi));

        Assert.Equal(Ppi, acknowledged.Value);
        Assert.Equal(new EndOfInterrupt { IntId = Ppi, Vcpu = 1 }, Assert.Single(ended.EndedInterrupts));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task End_that_was_told_to_a_connection_that_was_cut_is_told_again_until_it_is_received(bool isReceived)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(Level(asserted: true));
        await first.AskAsync(AttachedVmm.Acknowledge());
        await guest.EndAsync(0, Spi);
        var told = await first.ReadChangesAsync();
        first.Cut();

        using var second = await first.AgainAsync(guest, received: 2, receivedChanges: isReceived ? told.Number : 0);
        await second.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        var next = await second.ReadAsync();

        Assert.Equal(isReceived, next.Changes is null);
        Assert.Equal(isReceived ? null : told.EndedInterrupts, next.Changes?.EndedInterrupts);
    }

    [Fact]
    public async Task End_while_nobody_is_connected_is_told_at_the_return()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var first = await AttachedVmm.AttachAsync(guest);
        await first.AskAsync(Level(asserted: true));
        await first.AskAsync(AttachedVmm.Acknowledge());
        first.Cut();
        await server.Requests.UntilAsync(0);
        await guest.EndAsync(0, Spi);
        await guest.AcknowledgeAsync(0);
        await guest.EndAsync(0, Spi);

        using var second = await first.AgainAsync(guest, received: 2);

        var told = await second.ReadChangesAsync();
        Assert.Equal(new EndOfInterrupt { IntId = Spi }, Assert.Single(told.EndedInterrupts));
    }

    [Fact]
    public async Task Wrong_level_sets_none()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        var levels = Level(asserted: true);
        levels.Levels.Levels.Add(new LineLevel { IntId = Ppi, Asserted = true });

        var refused = await vmm.AskAsync(levels);
        var acknowledged = await vmm.AskAsync(AttachedVmm.Acknowledge());

        var detail = Assert.Single(refused.Error.Details);
        Assert.Equal((ErrorReason.Required, "levels[1].vcpu"), (detail.Reason, detail.Field));
        Assert.Equal(1023u, acknowledged.Value);
    }

    private static VmmRequest Level(bool asserted, bool notify = true) => new()
    {
        Levels = new LevelList
        {
            Levels = { new LineLevel { IntId = Spi, Asserted = asserted, NotifyAtEoi = notify } },
        },
    };

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "live");
        await guest.WriteAsync("GICD_IGROUPR1", 1u << (int)(Spi - 32));
        await guest.WriteAsync("GICD_ISENABLER1", 1u << (int)(Spi - 32));
        return guest;
    }
}
