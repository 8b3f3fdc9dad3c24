using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>Where SPIs go by GICD_IROUTER (redistributor-lpi 10.3, decision 0007).</summary>
public class RoutingTests
{
    private const uint Spi = 45;

    [Theory]
    [InlineData(0x0UL, 0)]
    [InlineData(0x3UL, 3)]
    [InlineData(0x100UL, 16)]
    [InlineData(0x101UL, 17)]
    public void Spi_goes_to_the_vcpu_of_that_affinity_alone(ulong route, int vcpu)
    {
        var guest = new InterruptGuest(vcpuCount: 18).With(Spi);
        guest.Route(Spi, route);
        guest.SetPending(Spi);

        Assert.Equal([vcpu], guest.Signalled());
        Assert.All(
            Enumerable.Range(0, 18).Where(other => other != vcpu),
            other => Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge(other)));
        Assert.Equal(Spi, guest.Acknowledge(vcpu));
    }

    [Theory]
    [InlineData(0x4UL)]
    [InlineData(0x1_0000UL)]
    [InlineData(0x1_0000_0000UL)] // Aff3
    [InlineData(0xFF_00FF_FFFFUL)]
    public void Spi_to_nobody_waits_until_it_has_a_place(ulong route)
    {
        var guest = new InterruptGuest(vcpuCount: 4).With(Spi);
        guest.Route(Spi, route);
        Assert.Equal(route, guest.RouteOf(Spi));
        guest.SetPending(Spi);
        Assert.Empty(guest.Signalled());
        Assert.True(guest.IsPending(Spi));
        guest.Route(Spi, 2);

        Assert.Equal([2], guest.Signalled());
        Assert.Equal(Spi, guest.Acknowledge(2));
    }

    [Fact]
    public void Spi_goes_to_the_vcpu_with_that_aff3()
    {
        var gic = new VirtualGic(
            new VirtualGicConfiguration
            {
                Profile = InterruptGuest.Everything,
                Affinities = [new Affinity(0), new Affinity(0x0500_0000)],
            },
            new SparseGuestMemory([]));
        var gicd = new RegisterPort(gic, FrameKind.Gicd, 0);
        gicd.Write32(0, 3);
        gicd.Write32(0x84, 1);
        gicd.Write32(0x104, 1);
        gicd.Write64(0x6100, 5UL << 32);
        gicd.Write32(0x204, 1);
        var cpu = new CpuPort(gic, 1);
        cpu.Write(SystemRegister.IccIgrpen1, 1);
        cpu.Unmask();

        Assert.Equal(32u, cpu.Acknowledge());
    }

    [Fact]
    public void Spi_rerouted_while_pending_leaves_the_old_target()
    {
        var guest = new InterruptGuest(vcpuCount: 3).With(Spi);
        guest.SetPending(Spi);
        Assert.Equal([0], guest.Signalled());
        guest.Route(Spi, 2);

        Assert.Equal([2], guest.Signalled());
        Assert.Equal(InterruptGuest.Spurious, guest.Cpu(0).HighestPending);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge(0));
        Assert.Equal(Spi, guest.Acknowledge(2));
    }

    [Fact]
    public void Spi_rerouted_while_active_ends_where_it_was_taken_and_comes_where_it_goes()
    {
        var guest = new InterruptGuest(vcpuCount: 3).With(Spi);
        guest.Level(Spi, true);
        Assert.Equal(Spi, guest.Acknowledge(0));
        guest.Route(Spi, 1);
        Assert.Empty(guest.Signalled());
        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
        guest.End(Spi, 0);

        Assert.False(guest.IsActive(Spi));
        Assert.Equal([1], guest.Signalled());
        Assert.Equal(Spi, guest.Acknowledge(1));
    }

    [Fact]
    public void Routes_written_by_halves_count()
    {
        var guest = new InterruptGuest(vcpuCount: 4).With(Spi);
        guest.SetPending(Spi);
        guest.Guest.Gicd.Write32(0x6000 + (8 * (int)Spi), 3);
        Assert.Equal([3], guest.Signalled());
        guest.Guest.Gicd.Write32(0x6004 + (8 * (int)Spi), 1);

        Assert.Empty(guest.Signalled());
        Assert.Equal(0x1_0000_0003UL, guest.RouteOf(Spi));
    }

    [Fact]
    public void Last_of_512_vcpus_gets_its_spi()
    {
        var guest = new InterruptGuest(vcpuCount: 512).With(Spi);
        guest.Route(Spi, 0x1F0F);
        guest.Level(Spi, true);

        Assert.Equal([511], guest.Signalled());
        Assert.Equal(Spi, guest.Acknowledge(511));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Routing_mode_is_kept_where_the_controller_has_1_of_n(bool hasOneOfN)
    {
        var guest = new InterruptGuest(InterruptGuest.Everything with { HasOneOfN = hasOneOfN }).With(Spi);
        guest.Route(Spi, InterruptGuest.AnyVcpu | 1);

        Assert.Equal(hasOneOfN ? InterruptGuest.AnyVcpu | 1 : 1, guest.RouteOf(Spi));
        guest.SetPending(Spi);
        Assert.Equal(hasOneOfN ? [0] : [1], guest.Signalled());
    }
}
