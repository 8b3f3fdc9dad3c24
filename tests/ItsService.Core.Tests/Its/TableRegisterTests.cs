using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Its;

/// <summary>GITS_BASERn (gits-registers section 9, conformance 33 to 48).</summary>
public class TableRegisterTests
{
    private const int Baser0 = GitsOffset.Baser0;
    private const int Baser1 = GitsOffset.Baser1;

    [Theory]
    [InlineData("kvm", Baser0, 0x871F_0000_0000_0000, 0x9907_0000_0000_0200)] // Type and Entry_Size put back
    [InlineData("kvm", Baser0, 0x0000_0000_0000_0000, 0x1907_0000_0000_0200)] // Page_Size 0 becomes 2, Inner 0 is 3
    [InlineData("kvm", Baser0, 0x0000_0000_0000_0100, 0x1907_0000_0000_0200)] // Page_Size 1 becomes 2
    [InlineData("kvm", Baser0, 0x0000_0000_0000_0300, 0x1907_0000_0000_0200)] // Page_Size 3 becomes 2
    [InlineData("kvm", Baser0, 0x4000_0000_0000_0200, 0x5907_0000_0000_0200)] // Indirect is kept
    [InlineData("kvm", Baser0, 0x0000_0000_0000_0A00, 0x1907_0000_0000_0600)] // Shareability 2 becomes 1
    [InlineData("kvm", Baser0, 0x00E0_0000_0000_0200, 0x1907_0000_0000_0200)] // OuterCache 7 becomes 0
    [InlineData("kvm", Baser0, 0x0020_0000_0000_0200, 0x1927_0000_0000_0200)] // OuterCache 1 is kept
    [InlineData("kvm", Baser0, 0x8000_1234_5678_F200, 0x9907_1234_5678_F200)] // 52-bit address
    [InlineData("kvm", Baser1, 0x4000_0000_0000_0200, 0x1C07_0000_0000_0200)] // no two-level collection table
    [InlineData("qemu", Baser0, 0xFFFF_FFFF_FFFF_FFFF, 0xF9E7_FFFF_FFFF_FFFF)]
    [InlineData("qemu", Baser1, 0xFFFF_FFFF_FFFF_FCFF, 0xFCE7_FFFF_FFFF_FCFF)]
    [InlineData("qemu", Baser0, 0x0000_0000_0000_0100, 0x0107_0000_0000_0100)]
    [InlineData("qemu", Baser0, 0x0000_0000_4000_F100, 0x0107_0000_4000_C100)] // 16 KiB pages: [13:12] are RES0
    [InlineData("qemu", Baser0, 0x0000_0000_4000_F000, 0x0107_0000_4000_F000)]
    [InlineData("qemu", Baser1, 0x4000_0000_0000_0000, 0x4407_0000_0000_0000)]
    public void Baser_is_stored_as_the_profile_takes_it(string profile, int offset, ulong written, ulong stored)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Gits().Write64(offset, written);

        Assert.Equal(stored, guest.Gits().Read64(offset));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Unimplemented_baser_reads_zero_after_any_write(string profile)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
        for (var number = 2; number < 8; number++)
        {
            guest.Gits().Write64(Baser0 + (8 * number), ulong.MaxValue);
            guest.Gits().Write32(Baser0 + (8 * number) + 4, uint.MaxValue);

            Assert.Equal(0UL, guest.Gits().Read64(Baser0 + (8 * number)));
        }
    }

    [Theory]
    [InlineData("kvm", Baser0)]
    [InlineData("kvm", Baser1)]
    [InlineData("qemu", Baser0)]
    [InlineData("qemu", Baser1)]
    public void Baser_write_while_enabled_is_ignored(string profile, int offset)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Map(0, 0, 8192);
        var before = Snapshot.Of(guest);
        guest.Gits().Write64(offset, Guest.Valid | Places.Scratch | Guest.Pages64K);
        guest.Gits().Write64(offset, 0);

        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Fact]
    public void High_half_without_valid_keeps_the_low_half_and_forgets_the_devices()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        var low = guest.Gits().Read32(Baser0);
        guest.Gits().Write32(Baser0 + 4, 0);

        Assert.Equal(low, guest.Gits().Read32(Baser0));
        Assert.Equal(0UL, guest.Gits().Read64(Baser0) >> 63);
        Assert.Empty(guest.Gic.Inspection.Devices(0));
    }

    [Theory]
    [InlineData(Baser0, MsiOutcome.DroppedDeviceUnmapped)]
    [InlineData(Baser1, MsiOutcome.DroppedCollectionUnmapped)]
    public void Invalid_and_valid_again_forgets_what_the_table_held(int offset, MsiOutcome expected)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        var value = guest.Gits().Read64(offset);
        guest.Gits().Write64(offset, value & ~Guest.Valid);
        guest.Gits().Write64(offset, value);
        guest.Enable();

        Assert.Equal(expected, guest.Signal(0, 0));
    }

    [Theory]
    [InlineData(Baser0, MsiOutcome.DroppedDeviceUnmapped)]
    [InlineData(Baser1, MsiOutcome.DroppedCollectionUnmapped)]
    public void Another_size_forgets_what_the_table_held(int offset, MsiOutcome expected)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        guest.Gits().Write64(offset, guest.Gits().Read64(offset) + 1);
        guest.Enable();

        Assert.Equal(expected, guest.Signal(0, 0));
    }

    [Theory]
    [InlineData(Baser0)]
    [InlineData(Baser1)]
    public void The_same_value_again_forgets_nothing(int offset)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        guest.Gits().Write64(offset, guest.Gits().Read64(offset));
        guest.Gits().Write32(offset + 4, guest.Gits().Read32(offset + 4));
        guest.Enable();

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }

    [Fact]
    public void Forgotten_collections_come_back_with_mapc()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        var value = guest.Gits().Read64(Baser1);
        guest.Gits().Write64(Baser1, 0);
        guest.Gits().Write64(Baser1, value);
        guest.Enable();
        guest.Run(GuestCommand.Mapc(0, 3));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        Assert.Equal([8192u], guest.Cpu(3).TakeAll());
    }

    [Fact]
    public void Change_of_one_its_tables_leaves_the_other_its_alone()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.Map(0, 0, 8192, its: 0);
        guest.Map(0, 0, 8193, its: 1);
        guest.Disable(0);
        guest.Gits(0).Write64(Baser0, 0);
        guest.Gits(0).Write64(Baser1, 0);

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 1));
    }
}
