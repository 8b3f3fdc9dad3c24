using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Hazards;

/// <summary>What <see cref="CommandErrorPolicy.StallOnMemoryError"/> takes for a memory error.</summary>
public class MemoryErrorPolicyTests
{
    [Fact]
    public void A_device_table_outside_ram_stalls()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.OutsideRam | Guest.Pages64K);
        guest.Enable();

        guest.Publish(0, GuestCommand.Mapd(0, 4, Places.Itt(0)));

        AssertStalled(guest, CommandError.MapdDeviceOutOfRange);
    }

    [Fact]
    public void A_device_id_beyond_the_table_does_not_stall()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });

        guest.Run(GuestCommand.Mapd(0xFFFF, 4, Places.Itt(0)));

        Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
        Assert.Equal(guest.Cwriter(), guest.Creadr());
    }

    [Fact]
    public void A_slot_outside_ram_stalls_and_any_write_of_cwriter_tries_again()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | Places.OutsideRam);
        guest.Enable();

        guest.Gits().Write64(GitsOffset.Cwriter, 0x40);
        AssertStalled(guest, CommandError.UnreadableSlot);

        guest.Gits().Write64(GitsOffset.Cwriter, 0);
        Assert.Empty(guest.TakeEvents());
        Assert.Equal(1u, guest.Creadr() & 1);

        guest.Gits().Write64(GitsOffset.Cwriter, 0x60);
        AssertStalled(guest, CommandError.UnreadableSlot);
    }

    [Fact]
    public void An_int_that_a_disabled_redistributor_ignores_stalls_under_no_policy()
    {
        var profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall };
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, 8192);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        guest.Run(GuestCommand.Int(0, 0));

        Assert.Equal(guest.Cwriter(), guest.Creadr());
        Assert.Equal(GicEventKind.MsiDropped, Assert.Single(guest.TakeEvents()).Kind);
    }

    [Fact]
    public void A_read_only_region_holds_no_interrupt_translation_table()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(0, 4, Places.Rom), GuestCommand.Mapti(0, 0, 8192, 0));

        Assert.Equal([CommandError.MaptiIdOutOfRange], guest.TakeErrors());
    }

    private static void AssertStalled(Guest guest, CommandError error)
    {
        var stalled = Assert.Single(guest.TakeEvents(), e => e.Kind == GicEventKind.QueueStalled);
        Assert.Equal(error, stalled.Error);
        Assert.Equal(1u, guest.Creadr() & 1);
    }
}
