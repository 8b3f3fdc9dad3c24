using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Its;

/// <summary>GITS_CBASER, GITS_CWRITER and GITS_CREADR (gits-registers sections 8 and 13).</summary>
public class QueueRegisterTests
{
    [Theory]
    [InlineData("kvm", 0x8000_0000_4000_F00F, 0x9800_0000_4000_000F)]
    [InlineData("kvm", 0xB8E0_0000_4000_0C00, 0xB800_0000_4000_0C00)] // OuterCache 7 becomes 0; Shareability 3 stays
    [InlineData("kvm", 0x8820_0000_4000_0800, 0x9820_0000_4000_0400)] // OuterCache 1 stays; Shareability 2 becomes 1
    [InlineData("kvm", 0xFFFF_FFFF_FFFF_FFFF, 0xB80F_FFFF_FFFF_0CFF)]
    [InlineData("qemu", 0xFFFF_FFFF_FFFF_FFFF, 0xB8EF_FFFF_FFFF_0CFF)]
    public void Cbaser_is_stored_as_the_profile_takes_it(string profile, ulong written, ulong stored)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Gits().Write64(GitsOffset.Cbaser, written);

        Assert.Equal(stored, guest.Gits().Read64(GitsOffset.Cbaser));
    }

    [Theory]
    [InlineData("kvm", 0UL)]
    [InlineData("qemu", 0x100UL)]
    public void Cbaser_write_clears_creadr_and_in_kvm_cwriter(string profile, ulong cwriterAfter)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Run(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cwriter, 0x100);
        guest.Gits().Write64(GitsOffset.Cbaser, guest.Gits().Read64(GitsOffset.Cbaser));

        Assert.Equal(0UL, guest.Creadr());
        Assert.Equal(cwriterAfter, guest.Cwriter());
    }

    [Theory]
    [InlineData(GitsOffset.Cbaser)]
    [InlineData(GitsOffset.Cbaser + 4)]
    public void Cbaser_half_counts_as_a_whole_write(int offset)
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0));
        guest.Disable();
        guest.Gits().Write32(offset, guest.Gits().Read32(offset));

        Assert.Equal(0UL, guest.Creadr());
        Assert.Equal(0UL, guest.Cwriter());
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Cbaser_write_while_enabled_is_ignored(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Run(GuestCommand.Sync(0));
        var before = Snapshot.Of(guest);
        guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | Places.Scratch);

        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Creadr_ignores_writes_of_the_guest(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Run(GuestCommand.Sync(0));
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Creadr, 0x41);

        Assert.Equal(0x20UL, guest.Creadr());
    }

    [Fact]
    public void Cwriter_keeps_the_offset_bits_alone()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cwriter, 0xFFFF_FFFF_FFF0_005F);

        Assert.Equal(0x40UL, guest.Cwriter());
    }

    [Theory]
    [InlineData(0x1_0000UL)]
    [InlineData(0x1_0020UL)]
    [InlineData(0xF_FFE0UL)]
    public void Cwriter_out_of_range_is_dropped_by_kvm(ulong offset)
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, offset);

        Assert.Equal(0x20UL, guest.Cwriter());
        Assert.Equal(0x20UL, guest.Creadr());
    }

    [Fact]
    public void Cwriter_out_of_range_stops_qemus_queue_until_one_in_range_follows()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        var published = guest.Queue(0, GuestCommand.Mapc(1, 1));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x1_0000);

        Assert.Equal(0x1_0000UL, guest.Cwriter());
        Assert.Equal(0UL, guest.Creadr());
        Assert.False(guest.Gic.HasRunnableCommands);
        Assert.Equal(0x8000_0001UL, guest.Gits().Read32(GitsOffset.Ctlr));

        guest.Gits().Write64(GitsOffset.Cwriter, published);

        Assert.Equal(published, guest.Creadr());
        Assert.Single(guest.Gic.Inspection.Collections(0));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Retry_without_a_stall_reads_zero_and_does_nothing(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Run(GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x21);

        Assert.Equal(0x20UL, guest.Cwriter());
        Assert.Equal(0x20UL, guest.Creadr());
    }

    [Fact]
    public void Cwriter_low_half_is_a_whole_write()
    {
        var guest = Guest.Started();
        var offset = guest.Queue(0, GuestCommand.Mapc(1, 1));
        guest.Gits().Write32(GitsOffset.Cwriter, offset);

        Assert.Equal(offset, guest.Creadr());
    }

    [Fact]
    public void Cwriter_high_half_keeps_the_offset()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0));
        guest.Gits().Write32(GitsOffset.Cwriter + 4, uint.MaxValue);

        Assert.Equal(0x20UL, guest.Cwriter());
    }

    [Fact]
    public void Smaller_queue_than_cwriter_runs_nothing()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { CbaserClearsCwriter = false } });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cwriter, 0x2000);
        guest.PlaceQueueKeepingCwriter(queuePages: 1);
        guest.Enable();

        Assert.Equal(0x2000UL, guest.Cwriter());
        Assert.Equal(0UL, guest.Creadr());
        Assert.False(guest.Gic.HasRunnableCommands);
    }

    [Fact]
    public void Queue_without_valid_runs_nothing()
    {
        var guest = Guest.Started(
            new GuestOptions { Profile = GicProfiles.Kvm with { EnableNeedsValidTables = false } });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cbaser, Places.Queue() | 15);
        guest.Enable();
        guest.Publish(0, GuestCommand.Mapc(0, 0));

        Assert.Equal(0UL, guest.Creadr());
        Assert.Empty(guest.Gic.Inspection.Collections(0));
    }
}
