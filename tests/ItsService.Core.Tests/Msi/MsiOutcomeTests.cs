using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Msi;

/// <summary>Each outcome of a message (commands section 8), with the event that tells of a drop.</summary>
public class MsiOutcomeTests
{
    /// <summary>
    /// On a guest with device 1 (8 EventID bits), event 0 → LPI 8192 in collection 0 on vCPU 2, event 1 → LPI 8193 in a
    /// collection that is not mapped, event 2 → LPI 8194 in collection 1 on vCPU 3, where LPIs are disabled.
    /// </summary>
    public static TheoryData<uint, uint, MsiOutcome> Outcomes => new()
    {
        { 1, 0, MsiOutcome.Pended },
        { 1, 1, MsiOutcome.DroppedCollectionUnmapped },
        { 1, 2, MsiOutcome.DroppedLpisDisabled },
        { 1, 3, MsiOutcome.DroppedEventUnmapped },
        { 1, 255, MsiOutcome.DroppedEventUnmapped },
        { 1, 256, MsiOutcome.DroppedEventOutOfRange },
        { 1, 0xFFFF_FFFF, MsiOutcome.DroppedEventOutOfRange },
        { 2, 0, MsiOutcome.DroppedDeviceUnmapped },
        { 8191, 0, MsiOutcome.DroppedDeviceUnmapped },
        { 8192, 0, MsiOutcome.DroppedDeviceOutOfRange },
        { 0x1_0000, 0, MsiOutcome.DroppedDeviceOutOfRange },
        { 0xFFFF_FFFF, 0, MsiOutcome.DroppedDeviceOutOfRange },
        { 0x1_0001, 0, MsiOutcome.DroppedDeviceOutOfRange },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Message_has_its_outcome(uint device, uint eventId, MsiOutcome outcome)
    {
        var guest = Mapped();

        Assert.Equal(outcome, guest.Signal(device, eventId));
        if (outcome == MsiOutcome.Pended)
        {
            Assert.Empty(guest.TakeEvents());
            Assert.Equal(MsiOutcome.Coalesced, guest.Signal(device, eventId));
            return;
        }

        var dropped = Assert.Single(guest.TakeEvents());
        Assert.Equal(GicEventKind.MsiDropped, dropped.Kind);
        Assert.Equal((outcome, device, eventId), (dropped.Outcome, dropped.Device.Value, dropped.Event.Value));
        Assert.All(Enumerable.Range(0, 4), vcpu => Assert.Empty(guest.PendingAt(vcpu)));
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Message_while_disabled_is_dropped_for_that(uint device, uint eventId, MsiOutcome outcome)
    {
        var guest = Mapped();
        guest.Disable();

        Assert.NotEqual(MsiOutcome.DroppedItsDisabled, outcome);
        Assert.Equal(MsiOutcome.DroppedItsDisabled, guest.Signal(device, eventId));
    }

    [Fact]
    public void Result_names_the_lpi_and_the_target()
    {
        var guest = Mapped();

        var pended = guest.Gic.SignalMsi(0, new DeviceId(1), new EventId(0));
        Assert.Equal(new MsiResult(AccessStatus.Ok, MsiOutcome.Pended, new IntId(8192), new VcpuIndex(2)), pended);
        Assert.True(pended.IsPending);

        var dropped = guest.Gic.SignalMsi(0, new DeviceId(1), new EventId(2));
        Assert.Equal(
            new MsiResult(AccessStatus.Ok, MsiOutcome.DroppedLpisDisabled, new IntId(8194), new VcpuIndex(3)), dropped);
        Assert.False(dropped.IsPending);
    }

    [Theory]
    [InlineData(AccessStatus.Ok, MsiOutcome.Pended, true, true)]
    [InlineData(AccessStatus.Ok, MsiOutcome.Coalesced, true, true)]
    [InlineData(AccessStatus.Paused, MsiOutcome.Pended, false, false)]
    [InlineData(AccessStatus.Ok, MsiOutcome.DroppedLpisDisabled, false, true)]
    [InlineData(AccessStatus.Ok, MsiOutcome.DroppedIntIdOutOfRange, false, true)]
    [InlineData(AccessStatus.Ok, MsiOutcome.DroppedCollectionUnmapped, false, false)]
    public void Result_tells_whether_the_lpi_is_pending_and_a_target_known(
        AccessStatus status, MsiOutcome outcome, bool isPending, bool hasTarget)
    {
        var result = new MsiResult(status, outcome);

        Assert.Equal(isPending, result.IsPending);
        Assert.Equal(hasTarget, result.HasTarget);
    }

    [Fact]
    public void Disabled_lpi_is_pended_all_the_same()
    {
        var guest = Mapped();
        guest.Configure(8200, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Mapti(1, 9, 8200, 0));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(1, 9));
        Assert.False(guest.Cpu(2).IsAsserted);
        Assert.Equal([8200u], guest.PendingAt(2));
    }

    [Fact]
    public void Messages_between_two_acknowledges_are_one_interrupt()
    {
        var guest = Mapped();
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(MsiOutcome.Pended, guest.Signal(1, 0));
            Assert.Equal(MsiOutcome.Coalesced, guest.Signal(1, 0));
            Assert.Equal(MsiOutcome.Coalesced, guest.Signal(1, 0));
            Assert.Equal([8192u], guest.Cpu(2).TakeAll());
        }
    }

    [Fact]
    public void Message_after_the_acknowledge_pends_anew()
    {
        var guest = Mapped();
        guest.Signal(1, 0);
        guest.Cpu(2).Acknowledge();

        Assert.Equal(MsiOutcome.Pended, guest.Signal(1, 0));
    }

    [Theory]
    [InlineData(4, 0UL)]
    [InlineData(2, 0UL)]
    [InlineData(2, 0xFFFF_0000UL)] // 16 bits alone are the EventID
    [InlineData(4, 0xFFFF_FFFF_0000_0000UL)]
    public void Doorbell_write_by_a_device_is_a_message(int sizeBytes, ulong value)
    {
        var guest = Mapped();
        var result = guest.Gits().TryWrite(GitsOffset.Translater, sizeBytes, value, new DeviceId(1));

        Assert.Equal(MsiOutcome.Pended, result.Msi?.Outcome);
        Assert.Equal([8192u], guest.Cpu(2).TakeAll());
    }

    [Theory]
    [InlineData(GitsOffset.Translater, 1, 0x5UL)]
    [InlineData(GitsOffset.Translater, 8, 0x5_0000_0005UL)]
    [InlineData(GitsOffset.Translater + 2, 2, 0UL)]
    [InlineData(GitsOffset.Translater + 4, 4, 0UL)]
    [InlineData(GitsOffset.Translater - 4, 8, 0UL)]
    [InlineData(GitsOffset.Translater - 0x40, 4, 0UL)]
    [InlineData(0x1_FFFC, 4, 0xFFFF_FFFFUL)]
    public void Other_write_by_a_device_to_the_translation_frame_is_no_message_and_is_told(
        int offset, int sizeBytes, ulong value)
    {
        var guest = Mapped();
        var result = guest.Gits().TryWrite(offset, sizeBytes, value, new DeviceId(1));

        Assert.Null(result.Msi);
        Assert.Empty(guest.PendingAt(2));
        Assert.Equal(
            new GicEvent
            {
                Kind = GicEventKind.DoorbellWriteIgnored,
                IsByDevice = true,
                Device = new DeviceId(1),
                Offset = offset,
                SizeBytes = sizeBytes,
                Value = value,
            },
            Assert.Single(guest.TakeEvents()));
    }

    [Theory]
    [InlineData(GitsOffset.Translater, 4)]
    [InlineData(GitsOffset.Translater, 2)]
    [InlineData(GitsOffset.Translater + 3, 1)]
    [InlineData(GitsOffset.Translater - 4, 8)]
    public void Doorbell_write_by_a_vcpu_is_ignored_and_told(int offset, int sizeBytes)
    {
        var guest = Mapped();
        guest.Gits().Write(offset, sizeBytes, 0);

        Assert.Empty(guest.PendingAt(2));
        Assert.Equal(
            new GicEvent { Kind = GicEventKind.DoorbellWriteIgnored, Offset = offset, SizeBytes = sizeBytes },
            Assert.Single(guest.TakeEvents()));
        Assert.Equal(0, Enum.GetValues<MsiOutcome>().Sum(guest.Gic.Counters.Messages));
    }

    [Fact]
    public void Writes_beside_the_doorbell_are_not_told()
    {
        var guest = Mapped();
        guest.Gits().Write32(GitsOffset.Translater - 4, 0);
        guest.Gits().Write32(GitsOffset.Translater + 4, 0);
        Assert.Null(guest.Gits().TryWrite(GitsOffset.Statusr, 4, 0, new DeviceId(1)).Msi);
        guest.Gits().TryWrite(GitsOffset.Translater, 4, 0, new DeviceId(1));
        guest.Gic.Pause();
        guest.Gits().TryWrite(GitsOffset.Translater, 4, 0);

        Assert.Empty(guest.TakeEvents());
    }

    [Fact]
    public void Flood_of_messages_pushes_no_command_in_error_out()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Clear(9, 0));
        for (var number = 0; number < 3 * EventBuffer.DefaultCapacity; number++)
        {
            guest.Signal(2, (uint)number);
        }

        Assert.Equal(2 * EventBuffer.DefaultCapacity, guest.Gic.Events.LostCount);
        var events = guest.TakeEvents();
        Assert.Equal(1 + EventBuffer.DefaultCapacity, events.Length);
        Assert.Equal(CommandError.ClearUnmappedDevice, events[0].Error);
        Assert.Equal((3 * EventBuffer.DefaultCapacity) - 1, (int)events[^1].Event.Value);
    }

    [Fact]
    public void Message_that_is_dropped_again_and_again_is_kept_as_one()
    {
        var guest = Mapped();
        for (var number = 0; number < 1000; number++)
        {
            guest.Signal(2, 7);
        }

        guest.Signal(2, 8);
        guest.Signal(2, 7);

        Assert.Equal(
            [(7u, 1000L), (8, 1), (7, 1)],
            guest.Gic.Events.After(0).Take(9).Select(kept => (kept.Event.Event.Value, kept.Count)));
        Assert.Equal(0, guest.Gic.Events.LostCount);
    }

    private static Guest Mapped()
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(1, 8, Places.Itt(1)),
            GuestCommand.Mapc(0, 2),
            GuestCommand.Mapc(1, 3),
            GuestCommand.Mapti(1, 0, 8192, 0),
            GuestCommand.Mapti(1, 1, 8193, 5),
            GuestCommand.Mapti(1, 2, 8194, 1));
        guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
        Assert.Empty(guest.TakeErrors());
        return guest;
    }
}
