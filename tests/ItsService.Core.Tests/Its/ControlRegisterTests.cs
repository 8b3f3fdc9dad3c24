using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Its;

/// <summary>GITS_CTLR (gits-registers sections 3 and 13), Quiescent among it.</summary>
public class ControlRegisterTests
{
    private const ulong Quiescent = 1UL << 31;

    [Fact]
    public void Enabled_with_an_empty_queue_is_quiescent() =>
        Assert.Equal(Quiescent | 1, Guest.Started().Gits().Read32(GitsOffset.Ctlr));

    [Fact]
    public void Disabled_with_commands_waiting_is_quiescent()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Sync(0), GuestCommand.Sync(0));

        Assert.Equal(0x60UL, guest.Cwriter());
        Assert.Equal(Quiescent, guest.Gits().Read32(GitsOffset.Ctlr));
    }

    [Fact]
    public void Enabled_with_commands_waiting_is_not_quiescent()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 1 });
        guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Sync(0));
        Assert.Equal(1UL, guest.Gits().Read32(GitsOffset.Ctlr));

        guest.Drain();
        Assert.Equal(Quiescent | 1, guest.Gits().Read32(GitsOffset.Ctlr));
    }

    [Theory]
    [InlineData("CBASER", GitsOffset.Cbaser)]
    [InlineData("BASER0", GitsOffset.Baser0)]
    [InlineData("BASER1", GitsOffset.Baser1)]
    public void Enable_without_a_valid_table_is_ignored_by_kvm_and_taken_by_qemu(string name, int invalidOffset)
    {
        foreach (var (profile, enabled) in new[] { ("kvm", 0UL), ("qemu", 1UL) })
        {
            var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
            guest.PlaceTables();
            guest.Gits().Write64(invalidOffset, 0);
            guest.Enable();

            Assert.True((guest.Gits().Read32(GitsOffset.Ctlr) & 1) == enabled, $"{profile} {name}");
        }
    }

    [Fact]
    public void Enable_from_reset_is_ignored_by_kvm()
    {
        var guest = new Guest();
        guest.Enable();

        Assert.Equal(Quiescent, guest.Gits().Read32(GitsOffset.Ctlr));
    }

    [Fact]
    public void Commands_without_tables_are_errors_in_qemus_profile()
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile("qemu") });
        guest.PlaceTables();
        guest.Gits().Write64(GitsOffset.Baser0, 0);
        guest.Gits().Write64(GitsOffset.Baser1, 0);
        guest.Enable();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));

        Assert.Equal(2, guest.TakeErrors().Length);
    }

    [Fact]
    public void Only_enabled_can_be_written()
    {
        var guest = Guest.Started();
        guest.Gits().Write32(GitsOffset.Ctlr, 0xFFFF_FFFF);
        Assert.Equal(Quiescent | 1, guest.Gits().Read32(GitsOffset.Ctlr));

        guest.Gits().Write32(GitsOffset.Ctlr, 0xFFFF_FFFE);
        Assert.Equal(Quiescent, guest.Gits().Read32(GitsOffset.Ctlr));
    }

    [Fact]
    public void Disable_keeps_the_mappings()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        guest.Enable();

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Message_while_disabled_is_dropped_and_not_remembered()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        Assert.Equal(MsiOutcome.DroppedItsDisabled, guest.Signal(0, 0));
        guest.Enable();

        Assert.Empty(guest.PendingAt(0));
    }

    [Fact]
    public void Commands_queued_while_disabled_run_when_enabled()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Disable();
        guest.Publish(0, GuestCommand.Mapti(0, 1, 8193, 0), GuestCommand.Int(0, 1));
        Assert.NotEqual(guest.Cwriter(), guest.Creadr());

        guest.Enable();

        Assert.Equal(guest.Cwriter(), guest.Creadr());
        Assert.Equal([8193u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(0UL)]
    public void Writing_the_present_value_changes_nothing(ulong enabled)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Gits().Write32(GitsOffset.Ctlr, enabled);
        var before = Snapshot.Of(guest);
        guest.Gits().Write32(GitsOffset.Ctlr, enabled);

        Assert.Equal(before, Snapshot.Of(guest));
    }
}
