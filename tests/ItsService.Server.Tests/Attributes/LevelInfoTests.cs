using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using static ItsService.Server.Tests.Guests.LineLevels;

namespace ItsService.Server.Tests.Attributes;

/// <summary>LEVEL_INFO: the lines of devices, as a state that is read and written from outside the guest.</summary>
public class LevelInfoTests
{
    private const uint Spi = 40;
    private const uint SpiBit = 1 << 8;
    private const uint Ppi = 27;
    private const uint PpiBit = 1 << 27;
    private const uint Spurious = 1023;

    [Fact]
    public async Task Lines_read_as_devices_hold_them_in_either_state()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.SetLevelsAsync(High(Spi), High(Ppi, vcpu: 1));

        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(SpiBit, await guest.GetAttributeAsync(Lines(0, 32)));
            Assert.Equal(SpiBit, await guest.GetAttributeAsync(Lines(1, 32)));
            Assert.Equal(0u, await guest.GetAttributeAsync(Lines(0, 0)));
            Assert.Equal(PpiBit, await guest.GetAttributeAsync(Lines(1, 0)));
            await guest.PauseAsync();
        }
    }

    [Fact]
    public async Task Line_that_is_set_keeps_a_level_sensitive_interrupt_pending_until_its_device_lowers_it()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.PauseAsync();
        await guest.SetAttributeAsync(Lines(1, 32), SpiBit);
        await guest.SetAttributeAsync(Lines(1, 0), PpiBit);

        var resumed = await guest.ResumeAsync();

        Assert.Equal([true, true], resumed.Lines.Select(line => line.IrqAsserted));
        foreach (var (vcpu, intId) in new[] { (0u, Spi), (1u, Ppi) })
        {
            Assert.Equal(intId, await guest.AcknowledgeAsync(vcpu));
            await guest.EndAsync(vcpu, intId);
        }

        await guest.SetLevelsAsync(Low(Spi), Low(Ppi, vcpu: 1));
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Latch_and_line_are_states_apart()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.SetLevelsAsync(High(Spi));
        await guest.WriteAsync("GICD_ISPENDR1", SpiBit << 1);
        await guest.PauseAsync();

        Assert.Equal(SpiBit << 1, await guest.GetAttributeAsync(Gicd(0x204)));
        Assert.Equal(SpiBit, await guest.GetAttributeAsync(Lines(0, 32)));
        await guest.SetAttributeAsync(Lines(0, 32), 0);

        Assert.Equal(SpiBit << 1, await guest.GetAttributeAsync(Gicd(0x204)));
        Assert.Equal(0u, await guest.GetAttributeAsync(Lines(0, 32)));
        await guest.ResumeAsync();
        Assert.Equal(Spi + 1, await guest.AcknowledgeAsync(0));
        await guest.EndAsync(0, Spi + 1);
        Assert.Equal(Spurious, await guest.AcknowledgeAsync(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_edge_comes_of_a_line_that_is_set_whatever_is_written_first(bool triggerFirst)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.PauseAsync();
        (DeviceAttribute, ulong)[] state = [(Gicd(0xC08), 0b10 << 16), (Lines(0, 32), SpiBit)];
        foreach (var (attribute, value) in triggerFirst ? state : state.Reverse())
        {
            await guest.SetAttributeAsync(attribute, value);
        }

        Assert.False((await guest.ResumeAsync()).Lines[0].IrqAsserted);
        // It is high already: the next edge is that after its fall.
        Assert.Empty((await guest.SetLevelsAsync(High(Spi))).ChangedLines);
        Assert.True(Assert.Single((await guest.SetLevelsAsync(Low(Spi), High(Spi))).ChangedLines).IrqAsserted);
    }

    [Fact]
    public async Task What_has_no_line_reads_zero_and_ignores_writes()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.PauseAsync();
        foreach (var (first, kept) in new[] { (0u, 0xFFFF_0000), (224u, uint.MaxValue), (256u, 0u), (992u, 0u) })
        {
            await guest.SetAttributeAsync(Lines(0, first), uint.MaxValue);
            Assert.Equal(kept, await guest.GetAttributeAsync(Lines(0, first)));
        }

        Assert.Equal(0u, await guest.GetAttributeAsync(Lines(1, 0)));
    }

    [Fact]
    public async Task Last_INTIDs_of_all_have_no_line()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        (spec.Profile, spec.Custom) = (Profile.Custom, new ProfileOverrides { IntIdLines = 1024 });
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.PauseAsync();

        await guest.SetAttributeAsync(Lines(0, 992), uint.MaxValue);

        Assert.Equal(0x0FFF_FFFFu, await guest.GetAttributeAsync(Lines(0, 992)));
    }

    [Fact]
    public async Task Guest_that_was_moved_while_it_handled_an_interrupt_has_it_again_when_it_ends()
    {
        await using var server = await TestServer.StartAsync();
        var original = await BootAsync(server.Tcp);
        await original.SetLevelsAsync(High(Spi));
        Assert.Equal(Spi, await original.AcknowledgeAsync(0));
        await original.PauseAsync();
        var exported = await server.Tcp.ExportAsync(original.Name);
        var moved = await Guest.CreateAsync(server.Tcp, "moved");
        await moved.PauseAsync();

        await server.Tcp.ImportAsync(moved.Name, exported.State);
        await moved.ResumeAsync();

        Assert.Equal(Spurious, await moved.AcknowledgeAsync(0));
        await moved.EndAsync(0, Spi);
        Assert.Equal(Spi, await moved.AcknowledgeAsync(0));
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "guest");
        await guest.WriteAsync("GICD_IGROUPR1", uint.MaxValue);
        await guest.WriteAsync("GICD_ISENABLER1", uint.MaxValue);
        for (var vcpu = 0u; vcpu < 2; vcpu++)
        {
            await guest.WriteAsync("GICR_IGROUPR0", uint.MaxValue, vcpu);
            await guest.WriteAsync("GICR_ISENABLER0", 0xFFFF_0000, vcpu);
        }

        return guest;
    }
}
