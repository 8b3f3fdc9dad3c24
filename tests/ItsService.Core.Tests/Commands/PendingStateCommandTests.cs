using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Commands;

/// <summary>DISCARD, INT, CLEAR and SYNC (commands 6.6, 6.8, 6.9, conformance 135 to 151, 162, 163).</summary>
public class PendingStateCommandTests
{
    [Fact]
    public void Discarded_event_drops_messages()
    {
        var guest = Mapped();
        guest.Signal(0, 0);
        guest.Cpu(0).TakeAll();
        guest.Run(GuestCommand.Discard(0, 0));

        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Discard_takes_the_pending_state_away()
    {
        var guest = Mapped();
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Discard(0, 0));
        guest.Cpu(0).Unmask();

        Assert.Empty(guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Discard_leaves_other_events_alone()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0));
        guest.Signal(0, 1);
        guest.Run(GuestCommand.Discard(0, 0));

        Assert.Equal([8193u], guest.PendingAt(0));
        Assert.Equal(MsiOutcome.Coalesced, guest.Signal(0, 1));
    }

    [Fact]
    public void Discard_zeroes_the_entry_in_memory()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Mapti(0, 5, 8200, 0));
        for (var number = 4UL; number < 7; number++)
        {
            guest.Write64(Places.Itt(0) + (number * 8), ulong.MaxValue);
        }

        guest.Run(GuestCommand.Discard(0, 5));

        Assert.Equal(ulong.MaxValue, guest.Read64(Places.Itt(0) + 32));
        Assert.Equal(0UL, guest.Read64(Places.Itt(0) + 40));
        Assert.Equal(ulong.MaxValue, guest.Read64(Places.Itt(0) + 48));
    }

    [Fact]
    public void Discard_zeroes_an_entry_at_a_52_bit_address()
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(0, 8, Places.HighRam + 0x8_0000),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(0, 1, 8192, 0));
        guest.Write64(Places.HighRam + 0x8_0008, ulong.MaxValue);
        guest.Run(GuestCommand.Discard(0, 1));

        Assert.Equal(0UL, guest.Read64(Places.HighRam + 0x8_0008));
    }

    [Fact]
    public void Discarded_event_can_be_mapped_to_another_lpi()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Discard(0, 0), GuestCommand.Mapti(0, 0, 8300, 0));
        guest.Signal(0, 0);

        Assert.Equal([8300u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Int_pends_as_the_device_would()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Int(0, 0));

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Int_twice_before_the_acknowledge_is_one_delivery()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Int(0, 0), GuestCommand.Int(0, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Int_after_the_acknowledge_is_delivered_after_the_end()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Int(0, 0));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        guest.Run(GuestCommand.Int(0, 0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        guest.Cpu(0).End(8192);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Clear_takes_the_pending_state_away()
    {
        var guest = Mapped();
        guest.Cpu(0).MaskAll();
        guest.Run(GuestCommand.Int(0, 0), GuestCommand.Clear(0, 0));
        guest.Cpu(0).Unmask();

        Assert.Empty(guest.Cpu(0).TakeAll());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }

    [Fact]
    public void Clear_of_an_idle_lpi_changes_nothing()
    {
        var guest = Mapped();
        var before = Snapshot.WithoutQueue(guest);
        guest.Run(GuestCommand.Clear(0, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(before, Snapshot.WithoutQueue(guest));
    }

    [Fact]
    public void Clear_after_the_acknowledge_leaves_the_running_priority()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Int(0, 0));
        guest.Cpu(0).Acknowledge();
        guest.Run(GuestCommand.Clear(0, 0));

        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
    }

    [Fact]
    public void Sync_to_a_redistributor_that_is_not_there_disturbs_nothing()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Sync(99), GuestCommand.Int(0, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    private static Guest Mapped()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        return guest;
    }
}
