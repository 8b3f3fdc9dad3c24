namespace ItsService.Core.Tests.Interrupts;

/// <summary>SPIs by messages: GICD_SETSPI_NSR and its like (redistributor-lpi 10).</summary>
public class MessageSpiTests
{
    private const uint Spi = 45;
    private const int SetNonSecure = 0x40;
    private const int ClearNonSecure = 0x48;
    private const int SetSecure = 0x50;
    private const int ClearSecure = 0x58;

    [Theory]
    [InlineData(SetNonSecure, ClearNonSecure)]
    [InlineData(SetSecure, ClearSecure)]
    public void Message_moves_the_level(int set, int clear)
    {
        var guest = new InterruptGuest().With(Spi);
        guest.Guest.Gicd.Write32(set, Spi);
        Assert.Equal(Spi, guest.Acknowledge());
        Assert.True(guest.IsPending(Spi));
        guest.Guest.Gicd.Write32(clear, Spi);
        guest.End(Spi);

        Assert.False(guest.IsPending(Spi));
        Assert.Empty(guest.Signalled());
    }

    [Theory]
    [InlineData(SetNonSecure, ClearNonSecure)]
    [InlineData(SetSecure, ClearSecure)]
    public void Message_sets_and_clears_the_latch_of_an_edge(int set, int clear)
    {
        var guest = new InterruptGuest().With(Spi, isEdge: true);
        guest.Guest.Gicd.Write32(set, Spi);
        guest.Guest.Gicd.Write32(clear, Spi);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
        guest.Guest.Gicd.Write32(set, Spi);
        guest.Guest.Gicd.Write32(set, Spi);
        Assert.Equal(Spi, guest.Acknowledge());
        guest.End(Spi);

        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(31u)]
    [InlineData(256u)] // the first that there is not
    [InlineData(1020u)]
    [InlineData(1023u)]
    [InlineData(4096u)]
    [InlineData(0x1FFFu)]
    public void Message_to_what_is_no_spi_does_nothing(uint intId)
    {
        var guest = new InterruptGuest().With(Spi);
        guest.Guest.Gicd.Write32(SetNonSecure, intId);

        Assert.Empty(guest.Signalled());
        Assert.All(Enumerable.Range(0, 32), bank => Assert.Equal(0UL, guest.Guest.Gicd.Read32(0x200 + (4 * bank))));
        Assert.Equal(0UL, guest.Guest.Gicr(0).Read32(0x1_0200));
    }

    [Fact]
    public void Messages_do_nothing_where_the_controller_takes_none()
    {
        var guest = new InterruptGuest(InterruptGuest.Everything with { HasMessageBasedSpis = false }).With(Spi);
        Assert.Equal(0UL, (guest.Guest.Gicd.Read32(4) >> 16) & 1);
        guest.Guest.Gicd.Write32(SetNonSecure, Spi);
        Assert.False(guest.IsPending(Spi));

        guest.Level(Spi, true);
        guest.Guest.Gicd.Write32(ClearNonSecure, Spi);
        Assert.True(guest.IsPending(Spi));
    }
}
