using ItsService.Core.Explanation;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Redistributors;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Explanation;

/// <summary>What is remembered of an LPI that is not pending any more, in the bits that tell where it is.</summary>
public class LpiHistoryTests
{
    private const uint Device = 5;
    private const uint Lpi = 8200;

    [Fact]
    public void Lpi_was_never_pending_until_it_is()
    {
        var guest = Mapped();
        Assert.Equal(PendingHistory.Never, HistoryIn(guest));

        guest.Signal(Device, 0);
        Assert.Equal(PendingHistory.Pending, HistoryIn(guest));

        Assert.Equal(Lpi, guest.Cpu(0).Acknowledge());
        Assert.Equal(PendingHistory.Acknowledged, HistoryIn(guest));

        guest.Signal(Device, 0);
        guest.Run(GuestCommand.Clear(Device, 0));
        Assert.Equal(PendingHistory.TakenAway, HistoryIn(guest));
    }

    [Fact]
    public void Mapping_the_event_to_the_lpi_anew_keeps_what_was_and_another_begins_anew()
    {
        var guest = Mapped();
        guest.Signal(Device, 0);
        guest.Cpu(0).Acknowledge();

        guest.Run(GuestCommand.Mapti(Device, 0, Lpi, 0));
        Assert.Equal(PendingHistory.Acknowledged, HistoryIn(guest));

        guest.Run(GuestCommand.Discard(Device, 0), GuestCommand.Mapti(Device, 0, Lpi, 0));
        Assert.Equal(PendingHistory.Never, HistoryIn(guest));
    }

    [Fact]
    public void Lpi_that_moves_stays_pending_and_one_that_meets_itself_is_not_taken_away()
    {
        var guest = Mapped();
        guest.Cpu(0).MaskAll();
        guest.Cpu(1).MaskAll();
        guest.Signal(Device, 0);
        guest.Run(GuestCommand.Mapc(0, 1));
        guest.Signal(Device, 0);
        Assert.Equal([1, 1], [guest.PendingAt(0).Length, guest.PendingAt(1).Length]);

        guest.Run(GuestCommand.Movall(0, 1));
        Assert.Equal(PendingHistory.Pending, HistoryIn(guest));

        guest.Cpu(1).Unmask();
        guest.Cpu(1).Acknowledge();
        Assert.Equal(PendingHistory.Acknowledged, HistoryIn(guest));
    }

    [Fact]
    public void Disabled_lpis_take_what_is_pending_away_and_bring_it_back()
    {
        var guest = Mapped();
        guest.Signal(Device, 0);

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        Assert.Equal(PendingHistory.TakenAway, HistoryIn(guest));

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        Assert.Equal(PendingHistory.Pending, HistoryIn(guest));
    }

    [Fact]
    public void Restored_state_does_not_tell_what_was()
    {
        var guest = Mapped();
        guest.Signal(Device, 0);
        guest.Cpu(0).Acknowledge();
        guest.Cpu(0).End(Lpi);

        Assert.Empty(guest.Gic.Persistence.Restore(guest.Gic.Persistence.Save()));
        Assert.Equal(PendingHistory.Unknown, HistoryIn(guest));

        guest.Signal(Device, 0);
        guest.Cpu(0).Acknowledge();
        Assert.Equal(PendingHistory.Acknowledged, HistoryIn(guest));
    }

    [Fact]
    public void Record_tells_every_place_from_every_past()
    {
        var mapped = new LpiRecord(0).WithOwner(0, new CollectionId(1));
        var last = new VcpuIndex(VirtualGicConfiguration.VcpuCountMax - 1);

        Assert.Equal((PendingHistory.Never, false), (mapped.History, mapped.IsPending));
        Assert.All(
            [mapped.PendingOnlyAt(new VcpuIndex(0)), mapped.PendingOnlyAt(last), mapped.PendingAtSeveral()],
            record => Assert.Equal((PendingHistory.Pending, true), (record.History, record.IsPending)));
        Assert.All(
            [
                mapped.PendingNowhere(PendingEnd.Acknowledged), mapped.PendingNowhere(PendingEnd.TakenAway),
                mapped.WithHistoryUnknown(),
            ],
            record => Assert.Equal((false, true), (record.IsPending, record.IsPresent)));
        Assert.False(mapped.WithHistoryUnknown().WithoutOwner().IsPresent);
        Assert.Equal(last, mapped.WithHistoryUnknown().PendingOnlyAt(last).PendingAt);
    }

    private static Guest Mapped()
    {
        // Software moves what is pending itself.
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { MapcMovesPending = false } });
        guest.Map(Device, 0, Lpi);
        return guest;
    }

    private static PendingHistory HistoryIn(Guest guest) =>
        guest.Gic.Inspection.Explain(0, new DeviceId(Device), new EventId(0)).History;
}
