using ItsService.Core.Identifiers;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>What makes a PPI or an SPI pending, and what takes it back (redistributor-lpi 10.3).</summary>
public class LevelAndEdgeTests
{
    private const uint Ppi = 27;
    private const uint Spi = 45;

    public static TheoryData<uint> Both => [Ppi, Spi];

    [Theory]
    [MemberData(nameof(Both))]
    public void Level_is_pending_as_long_as_the_line_is_high(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.Level(intId, true);
        Assert.True(guest.IsPending(intId));
        Assert.True(guest.Cpu().Line.IsIrqAsserted);
        guest.Level(intId, false);

        Assert.False(guest.IsPending(intId));
        Assert.False(guest.Cpu().IsAsserted);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Level_that_stays_is_active_and_pending_and_comes_again_after_its_end(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.Level(intId, true);
        Assert.Equal(intId, guest.Acknowledge());
        Assert.True(guest.IsActive(intId) && guest.IsPending(intId));
        Assert.False(guest.Cpu().IsAsserted);
        guest.End(intId);
        Assert.Equal(intId, guest.Acknowledge());
        guest.Level(intId, false);
        guest.End(intId);

        Assert.False(guest.IsActive(intId) || guest.IsPending(intId));
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Edge_is_taken_once_however_long_the_line_stays_high(uint intId)
    {
        var guest = new InterruptGuest().With(intId, isEdge: true);
        guest.Level(intId, true);
        guest.Level(intId, true);
        guest.Level(intId, false);
        Assert.True(guest.IsPending(intId));
        guest.Level(intId, true);
        Assert.Equal(intId, guest.Acknowledge());
        guest.End(intId);

        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Edge_that_comes_while_it_is_active_comes_again(uint intId)
    {
        var guest = new InterruptGuest().With(intId, isEdge: true);
        guest.Level(intId, true);
        Assert.Equal(intId, guest.Acknowledge());
        guest.Level(intId, false);
        Assert.False(guest.IsPending(intId));
        guest.Level(intId, true);
        Assert.True(guest.IsPending(intId) && guest.IsActive(intId));
        guest.End(intId);

        Assert.Equal(intId, guest.Acknowledge());
    }

    [Theory]
    [InlineData(Ppi, false)]
    [InlineData(Ppi, true)]
    [InlineData(Spi, false)]
    [InlineData(Spi, true)]
    public void Pending_by_software_lasts_until_the_acknowledge(uint intId, bool isEdge)
    {
        var guest = new InterruptGuest().With(intId, isEdge: isEdge);
        guest.SetPending(intId);
        Assert.Equal(intId, guest.Acknowledge());
        Assert.False(guest.IsPending(intId));
        guest.End(intId);

        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Theory]
    [InlineData(Ppi, false, false)]
    [InlineData(Ppi, true, false)]
    [InlineData(Spi, false, false)]
    [InlineData(Spi, true, false)]
    [InlineData(Ppi, false, true)]
    [InlineData(Ppi, true, true)]
    [InlineData(Spi, false, true)]
    [InlineData(Spi, true, true)]
    public void Clear_pending_takes_the_latch_and_leaves_a_high_level(uint intId, bool isEdge, bool isHigh)
    {
        var guest = new InterruptGuest().With(intId, isEdge: isEdge);
        guest.SetPending(intId);
        guest.Level(intId, isHigh);
        guest.ClearPending(intId);
        Assert.Equal(isHigh && !isEdge, guest.IsPending(intId));
        Assert.Equal(isHigh && !isEdge, guest.Cpu().IsAsserted);
        guest.Level(intId, false);

        Assert.False(guest.IsPending(intId));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Latch_of_software_outlives_the_level(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.Level(intId, true);
        guest.SetPending(intId);
        guest.Level(intId, false);
        Assert.True(guest.IsPending(intId));
        Assert.Equal(intId, guest.Acknowledge());

        Assert.False(guest.IsPending(intId));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Trigger_changed_while_the_line_is_high_changes_what_it_means(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.Level(intId, true);
        guest.Configure(intId, isEdge: true);
        Assert.False(guest.IsPending(intId));
        Assert.False(guest.Cpu().IsAsserted);
        guest.Configure(intId, isEdge: false);
        Assert.True(guest.IsPending(intId));
        Assert.True(guest.Cpu().IsAsserted);

        guest.Configure(intId, isEdge: true);
        guest.Level(intId, false);
        guest.Level(intId, true);
        Assert.True(guest.IsPending(intId));
        guest.Configure(intId, isEdge: false);
        guest.Level(intId, false);
        Assert.True(guest.IsPending(intId)); // the edge's latch
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Disabled_interrupt_stays_pending_and_is_not_signalled(uint intId)
    {
        var guest = new InterruptGuest().With(intId, isEdge: true);
        guest.Level(intId, true);
        guest.Disable(intId);
        Assert.True(guest.IsPending(intId));
        Assert.False(guest.Cpu().IsAsserted);
        Assert.Equal(InterruptGuest.Spurious, guest.Cpu().HighestPending);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
        guest.Enable(intId);

        Assert.Equal(intId, guest.Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Interrupt_disabled_while_active_ends_and_stays_away(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.Level(intId, true);
        guest.Acknowledge();
        guest.Disable(intId);
        Assert.True(guest.IsActive(intId));
        guest.End(intId);
        Assert.False(guest.IsActive(intId));
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Fact]
    public void Ppi_of_one_vcpu_is_nobody_elses()
    {
        var guest = new InterruptGuest(vcpuCount: 3).With(Ppi, vcpu: 0).With(Ppi, vcpu: 1).With(Ppi, vcpu: 2);
        guest.Level(Ppi, true, vcpu: 1);

        Assert.Equal([1], guest.Signalled());
        Assert.False(guest.IsPending(Ppi, 0) || guest.IsPending(Ppi, 2));
    }

    [Fact]
    public void Sgis_are_edges_whatever_is_written()
    {
        var guest = new InterruptGuest();
        guest.Guest.Gicr(0).Write32(0x1_0C00, 0);

        Assert.Equal(0xAAAA_AAAAUL, guest.Guest.Gicr(0).Read32(0x1_0C00));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(32u)]
    public void Ppis_are_16_to_31(uint intId) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new InterruptGuest().Gic.SetPpiLevel(new VcpuIndex(0), new IntId(intId), true));

    [Theory]
    [InlineData(32, 32u)] // no SPI at all
    [InlineData(64, 31u)]
    [InlineData(64, 64u)]
    [InlineData(1024, 1020u)]
    [InlineData(1024, 1023u)]
    [InlineData(1024, 8192u)]
    public void Spis_end_where_the_distributor_says(int lines, uint intId) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new InterruptGuest(InterruptGuest.Everything with { IntIdLines = lines })
                .Gic.SetSpiLevel(new IntId(intId), true));

    [Theory]
    [InlineData(64, 63u)]
    [InlineData(1024, 1019u)]
    public void Last_spi_works(int lines, uint spi)
    {
        var guest = new InterruptGuest(InterruptGuest.Everything with { IntIdLines = lines }).With(spi);
        guest.Level(spi, true);

        Assert.Equal(spi, guest.Acknowledge());
    }

    [Fact]
    public void Registers_of_intids_1020_to_1023_hold_nothing()
    {
        var guest = new InterruptGuest(InterruptGuest.Everything with { IntIdLines = 1024 });
        foreach (var array in new[] { 0x80, 0x100, 0x200, 0x300 })
        {
            guest.Guest.Gicd.Write32(array + (31 * 4), uint.MaxValue);
            Assert.Equal(0x0FFF_FFFFUL, guest.Guest.Gicd.Read32(array + (31 * 4)));
        }

        guest.Guest.Gicd.Write32(0x400 + 1020, uint.MaxValue);
        guest.Guest.Gicd.Write32(0xC00 + (63 * 4), uint.MaxValue);
        guest.Route(1020, 1);

        Assert.Equal(0UL, guest.Guest.Gicd.Read32(0x400 + 1020));
        Assert.Equal(0x00AA_AAAAUL, guest.Guest.Gicd.Read32(0xC00 + (63 * 4)));
        Assert.Equal(0UL, guest.RouteOf(1020));
    }

    [Fact]
    public void Controller_without_spis_has_no_state_for_them()
    {
        var guest = new InterruptGuest(InterruptGuest.Everything with { IntIdLines = 32 }).With(Ppi);
        foreach (var offset in new[] { 0x84, 0x104, 0x204, 0x304, 0x420, 0xC08 })
        {
            guest.Guest.Gicd.Write32(offset, uint.MaxValue);
            Assert.Equal(0UL, guest.Guest.Gicd.Read32(offset));
        }

        guest.Level(Ppi, true);
        Assert.Equal(Ppi, guest.Acknowledge());
    }
}
