using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Commands;

/// <summary>MOVI and MOVALL (commands 6.4 and 6.5, conformance 120 to 134).</summary>
public class MoveTests
{
    [Fact]
    public void Movi_sends_messages_to_the_new_target()
    {
        var guest = TwoTargets();
        guest.Signal(0, 0);
        guest.Cpu(0).TakeAll();
        guest.Run(GuestCommand.Movi(0, 0, 1));
        guest.Signal(0, 0);

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u], guest.Cpu(2).TakeAll());
    }

    [Fact]
    public void Movi_takes_the_pending_state_along()
    {
        var guest = TwoTargets();
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Movi(0, 0, 1));
        guest.Cpu(0).Unmask();

        Assert.Empty(guest.Cpu(0).TakeAll());
        Assert.Equal([8192u], guest.Cpu(2).TakeAll());
    }

    [Fact]
    public void Movi_to_the_same_collection_changes_nothing()
    {
        var guest = TwoTargets();
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        var before = Snapshot.WithoutQueue(guest);
        guest.Run(GuestCommand.Movi(0, 0, 0));

        Assert.Equal(before, Snapshot.WithoutQueue(guest));
    }

    [Fact]
    public void Movi_to_a_target_with_lpis_disabled_leaves_the_pending_state()
    {
        var guest = TwoTargets();
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Gicr(2).Write32(GicrOffset.Ctlr, 0);
        guest.Run(GuestCommand.Movi(0, 0, 1));

        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Empty(guest.PendingAt(2));
        Assert.Equal(MsiOutcome.DroppedLpisDisabled, guest.Signal(0, 0));
    }

    [Fact]
    public void Movi_between_acknowledge_and_end_does_not_disturb_the_running_priority()
    {
        var guest = TwoTargets();
        guest.Signal(0, 0);
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        guest.Run(GuestCommand.Movi(0, 0, 1));
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.Cpu(2).TakeAll());
        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
        guest.Cpu(0).End(8192);
        Assert.Equal(0xFFUL, guest.Cpu(0).RunningPriority);
        Assert.Empty(guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Movi_to_a_smaller_table_does_not_move_what_does_not_fit()
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile("qemu") });
        guest.Gicr(2).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(2).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 13);
        guest.Gicr(2).Write32(GicrOffset.Ctlr, 1);
        guest.Map(0, 0, 20_000);
        guest.Run(GuestCommand.Mapc(1, 2));
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Movi(0, 0, 1));

        Assert.Equal([20_000u], guest.PendingAt(0));
        Assert.Equal(MsiOutcome.DroppedIntIdOutOfRange, guest.Signal(0, 0));
    }

    [Fact]
    public void Movall_moves_what_is_pending_at_the_source_alone()
    {
        var guest = TwoTargets();
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 1), GuestCommand.Mapti(0, 2, 8194, 0));
        for (var vcpu = 0; vcpu < 3; vcpu++)
        {
            guest.Cpu(vcpu).MaskAll();
        }

        guest.Signal(0, 0);
        guest.Signal(0, 1);
        guest.Run(GuestCommand.Movall(0, 1));

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u], guest.PendingAt(1));
        Assert.Equal([8193u], guest.PendingAt(2));
        guest.Cpu(1).Unmask();
        Assert.Equal([8192u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Movall_merges_into_what_is_pending_at_the_destination()
    {
        var guest = TwoTargets();
        guest.Run(
            GuestCommand.Mapti(0, 1, 8192, 1), GuestCommand.Mapti(0, 2, 8300, 1), GuestCommand.Mapti(0, 3, 8250, 0));
        guest.Signal(0, 0);
        guest.Signal(0, 1);
        guest.Signal(0, 2);
        guest.Signal(0, 3);
        guest.Run(GuestCommand.Movall(0, 2));

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u, 8250u, 8300u], guest.Cpu(2).TakeAll());
    }

    [Fact]
    public void Movall_leaves_mappings_alone()
    {
        var guest = TwoTargets();
        guest.Run(GuestCommand.Movall(0, 1));
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Fact]
    public void Movall_onto_itself_changes_nothing()
    {
        var guest = TwoTargets();
        guest.Signal(0, 0);
        var before = Snapshot.WithoutQueue(guest);
        guest.Run(GuestCommand.Movall(0, 0));

        Assert.Equal(before, Snapshot.WithoutQueue(guest));
    }

    [Fact]
    public void Movall_to_a_target_with_lpis_disabled_moves_nothing()
    {
        var guest = TwoTargets();
        guest.Signal(0, 0);
        guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
        guest.Run(GuestCommand.Movall(0, 3));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Fact]
    public void Movi_after_movall_sets_the_events_target()
    {
        var guest = TwoTargets();
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Movall(0, 1), GuestCommand.Movi(0, 0, 1));
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.PendingAt(2));
    }

    [Fact]
    public void Lines_follow_what_movall_moves()
    {
        var guest = TwoTargets();
        guest.Signal(0, 0);
        Assert.True(guest.Cpu(0).IsAsserted);
        guest.Run(GuestCommand.Movall(0, 3));

        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.True(guest.Cpu(3).IsAsserted);
    }

    /// <summary>Event 0 is LPI 8192 in collection 0 on vCPU 0; collection 1 is on vCPU 2.</summary>
    private static Guest TwoTargets()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapc(1, 2));
        return guest;
    }
}
