using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Its;

/// <summary>GITS_STATUSR and GITS_UMSIR, in a profile that has them (gits-registers section 7).</summary>
public class StatusRegisterTests
{
    private const int Statusr = 0x40;
    private const int Umsir = 0x48;
    private const int Reserved = 0x98;
    private const ulong UnmappedMessage = 1 << 4;
    private const ulong Overflow = 1 << 5;

    private static readonly GuestOptions WithStatus = new()
    {
        Profile = GicProfiles.Kvm with { HasStatusRegister = true, RecordsUnmappedMessages = true },
    };

    [Fact]
    public void Accesses_that_software_should_not_make_set_their_flag_and_ones_clear_them()
    {
        var guest = Guest.Started(WithStatus);
        var its = guest.Gits();

        its.Read32(Reserved);
        Assert.Equal(1UL, its.Read32(Statusr));
        its.Write64(Reserved, 0);
        its.Read32(GitsOffset.Translater);
        its.Write32(GitsOffset.Typer, 0);
        Assert.Equal(0xFUL, its.Read32(Statusr));

        its.Write32(Statusr, 0b0101);
        Assert.Equal(0b1010UL, its.Read32(Statusr));
        its.Write32(Statusr, uint.MaxValue);
        Assert.Equal(0UL, its.Read32(Statusr));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Accesses_of_a_size_that_no_register_has_set_nothing(int sizeBytes)
    {
        var guest = Guest.Started(WithStatus);
        guest.Gits().Read(Reserved, sizeBytes);
        guest.Gits().Read(GitsOffset.Typer, sizeBytes);

        Assert.Equal(0UL, guest.Gits().Read32(Statusr));
    }

    [Theory]
    [InlineData(0x10000u, 0u, 2u)]
    [InlineData(9u, 0u, 3u)]
    [InlineData(0u, 16u, 4u)]
    [InlineData(0u, 1u, 5u)]
    [InlineData(0u, 2u, 7u)]
    public void First_unmapped_message_is_recorded_until_cleared(uint device, uint eventId, uint syndrome)
    {
        var guest = Guest.Started(WithStatus);
        guest.Run(
            GuestCommand.Mapd(0, 4, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 0, 8192, 0),
            GuestCommand.Mapti(0, 2, 8193, 7));
        guest.Signal(0, 0);
        Assert.Equal(0UL, guest.Gits().Read32(Statusr));

        guest.Signal(device, eventId);
        Assert.Equal(UnmappedMessage | (syndrome << 6), guest.Gits().Read32(Statusr));
        Assert.Equal(((ulong)device << 32) | eventId, guest.Gits().Read64(Umsir));

        guest.Signal(77, 77);
        Assert.Equal(UnmappedMessage | Overflow | (syndrome << 6), guest.Gits().Read32(Statusr));
        Assert.Equal(((ulong)device << 32) | eventId, guest.Gits().Read64(Umsir));

        guest.Gits().Write32(Statusr, uint.MaxValue);
        guest.Signal(77, 78);
        Assert.Equal(UnmappedMessage | (3u << 6), guest.Gits().Read32(Statusr));
        Assert.Equal((77UL << 32) | 78, guest.Gits().Read64(Umsir));
    }

    [Fact]
    public void Command_errors_drops_by_a_redistributor_and_a_disabled_its_record_nothing()
    {
        var guest = Guest.Started(WithStatus);
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Int(9, 9), GuestCommand.Mapd(0x10000, 4, Places.Itt(0)));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Signal(0, 0);
        guest.Disable();
        guest.Signal(9, 9);

        Assert.Equal(0UL, guest.Gits().Read32(Statusr));
        Assert.Equal(0UL, guest.Gits().Read64(Umsir));
    }

    [Fact]
    public void Typer_tells_of_the_record_and_profiles_without_it_read_zero()
    {
        Assert.Equal(1UL, Guest.Started(WithStatus).Gits().Read64(GitsOffset.Typer) >> 44 & 1);

        var guest = Guest.Started();
        guest.Gits().Read32(Reserved);
        guest.Signal(9, 9);

        Assert.Equal(0UL, guest.Gits().Read32(Statusr));
        Assert.Equal(0UL, guest.Gits().Read64(Umsir));
    }
}
