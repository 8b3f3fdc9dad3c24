using ItsService.Core.CpuInterface;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Interrupts;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Tracing;

/// <summary>Each kind of event: when it is told, with what, and in which order.</summary>
public class TracedEventTests
{
    [Fact]
    public void Message_comes_before_the_line_that_it_raises()
    {
        var guest = Mapped();

        guest.Signal(7, 1);
        guest.Signal(7, 1);

        Assert.Equal(
            [
                "Message its 0 device 7 event 1 Pended 8200 @1",
                "Line @1 irq 1",
                "Message its 0 device 7 event 1 Coalesced 8200 @1",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Message_that_is_dropped_is_told_with_what_was_known()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Mapti(7, 2, 8201, 3));
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gic.TakeTraced();

        guest.Signal(9, 1);
        guest.Signal(7, 3);
        guest.Signal(7, 2);
        guest.Signal(7, 1);

        Assert.Equal(
            [
                "Message its 0 device 9 event 1 DroppedDeviceUnmapped",
                "Message its 0 device 7 event 3 DroppedEventUnmapped",
                "Message its 0 device 7 event 2 DroppedCollectionUnmapped 8201",
                "Message its 0 device 7 event 1 DroppedLpisDisabled 8200 @1",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Doorbell_write_of_a_device_is_a_message_and_any_other_a_mistake()
    {
        var guest = Mapped();

        guest.Gits().TryWrite(0x1_0040, 4, 1, new(7));
        guest.Gits().TryWrite(0x1_0040, 4, 1);

        Assert.Equal(
            ["Message its 0 device 7 event 1 Pended 8200 @1", "Line @1 irq 1", "DoorbellWriteIgnored @0"],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Commands_are_told_with_their_place_and_their_error()
    {
        var guest = Mapped();
        var offset = guest.Creadr();

        guest.Run(GuestCommand.Inv(7, 1), GuestCommand.Int(7, 9), GuestCommand.Int(7, 1));

        Assert.Equal(
            [
                $"Command its 0 Inv +{offset:x} None",
                $"Command its 0 Int +{offset + 0x20:x} IntUnmappedInterrupt",
                "LpiByCommand its 0 device 7 event 1 Pended 8200 @1",
                $"Command its 0 Int +{offset + 0x40:x} None",
                "Line @1 irq 1",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Command_on_which_the_queue_stalls_is_told_each_time()
    {
        var guest = Guest.Started(new GuestOptions
        {
            Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall },
        }).Traced();

        guest.Publish(0, GuestCommand.Int(7, 1));
        guest.Gits().Write64(GitsOffset.Cwriter, guest.Cwriter() | 1);

        Assert.Equal(
            ["Command its 0 Int +0 IntUnmappedDevice stalled", "Command its 0 Int +0 IntUnmappedDevice stalled"],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Command_that_waits_for_memory_is_told_once_when_it_is_done()
    {
        var guest = Mapped();
        guest.Memory.MakeAbsent(new(new(Places.Queue()), 0x1000));
        guest.Publish(0, GuestCommand.Inv(7, 1));
        guest.Gic.Step(10);
        Assert.Empty(guest.Gic.TakeTraced());
        guest.Memory.Heal();

        guest.Drain();

        Assert.StartsWith("Command its 0 Inv", Assert.Single(guest.Gic.TakeTraced()), StringComparison.Ordinal);
    }

    [Fact]
    public void Lpi_is_acknowledged_and_ended()
    {
        var guest = Mapped();
        guest.Signal(7, 1);
        guest.Gic.TakeTraced();

        guest.Cpu(1).Acknowledge();
        guest.Cpu(1).Acknowledge();
        guest.Cpu(1).End(8200);
        guest.Cpu(1).End(8200);

        // The second read finds nothing, and the second end nothing that runs.
        Assert.Equal(["Acknowledge 8200 @1 a0 group 1", "Line @1 - 2", "End 8200 @1 group 1"], guest.Gic.TakeTraced());
    }

    [Fact]
    public void Spi_is_moved_taken_and_ended_in_two_steps()
    {
        var guest = new InterruptGuest().With(45, isGroup1: false);
        guest.EndsInTwoSteps();
        guest.Guest.Traced();

        guest.Level(45, true);
        guest.Level(45, true);
        guest.Acknowledge0();
        guest.Level(45, false);
        guest.End0(45);
        guest.Deactivate(45);
        guest.Deactivate(45);

        Assert.Equal(
            [
                "Spi 45 True",
                "Line @0 fiq 1",
                "Acknowledge 45 @0 a0 group 0",
                "Line @0 - 2",
                "Spi 45 False",
                "End 45 @0 group 0",
                "Deactivate 45 @0",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Ppi_is_moved_and_ended_in_one_step()
    {
        var guest = new InterruptGuest().With(27, vcpu: 1);
        guest.Guest.Traced();

        guest.Level(27, true, vcpu: 1);
        guest.Acknowledge(vcpu: 1);
        guest.Level(27, false, vcpu: 1);
        guest.End(27, vcpu: 1);

        Assert.Equal(
            [
                "Ppi 27 @1 True",
                "Line @1 irq 1",
                "Acknowledge 27 @1 a0 group 1",
                "Line @1 - 2",
                "Ppi 27 @1 False",
                "End 27 @1 group 1 deactivated",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Direct_lpi_is_told_whether_it_is_taken_or_not()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { DirectLpis = true } }).Traced();

        guest.Gicr(2).Write64(0x40, 8300);
        guest.Gicr(2).Write64(0x40, 8300);
        guest.Gicr(2).Write64(0x40, 100);

        Assert.Equal(
            [
                "DirectLpi 8300 @2 Pended",
                "Line @2 irq 1",
                "DirectLpi 8300 @2 Coalesced",
                "DirectLpi 100 @2 DroppedIntIdOutOfRange",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void What_switches_something_is_told_when_it_changes()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 }).Traced();

        for (var time = 0; time < 2; time++)
        {
            guest.Gits(1).Write32(GitsOffset.Ctlr, 0);
            guest.Gicr(3).Write32(GicrOffset.Ctlr, 0);
            guest.Gicd.Write32(0, 0);
            guest.Cpu(2).Mask(0x80);
            guest.Cpu(2).Write(SystemRegister.IccIgrpen1, 0);
            guest.Cpu(2).Write(SystemRegister.IccIgrpen0, 1);
            guest.Cpu(2).Write(SystemRegister.IccCtlr, 0);
        }

        Assert.Equal(
            [
                "GitsCtlr its 1 @0 1 -> 0",
                "GicrCtlr its 0 @3 1 -> 0",
                "GicdCtlr its 0 @0 2 -> 0",
                "IccPmr its 0 @2 f8 -> 80",
                "IccIgrpen1 its 0 @2 1 -> 0",
                "IccIgrpen0 its 0 @2 0 -> 1",
            ],
            guest.Gic.TakeTraced());
    }

    [Fact]
    public void Its_that_its_tables_keep_disabled_switches_nothing()
    {
        var guest = new Guest(new GuestOptions
        {
            Profile = GicProfiles.Kvm with { EnableNeedsValidTables = true },
        }).Traced();

        guest.Gits().Write32(GitsOffset.Ctlr, 1);

        Assert.Empty(guest.Gic.TakeTraced());
    }

    [Fact]
    public void Mistake_that_no_other_event_tells_is_told_with_what_it_is_about()
    {
        var guest = Mapped();
        guest.Memory.FaultWrites(new(new(Places.PendingTable(1)), 0x1_0000));
        guest.Signal(7, 1);
        guest.Gic.Trace!.Clear();

        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);

        var told = guest.Gic.Trace.Events.ToArray();
        Assert.Equal(guest.TakeEvents()[^1], told[0].ToMistake());
        Assert.Equal(
            ["PendingTableUnwritable @1", "GicrCtlr its 0 @1 1 -> 0", "Line @1 - 2"], guest.Gic.TakeTraced());
    }

    [Fact]
    public void Reset_leaves_the_tap_and_tells_the_lines_that_fall()
    {
        var guest = Mapped();
        guest.Signal(7, 1);
        guest.Gic.TakeTraced();

        guest.Gic.Reset();

        Assert.Equal(["Line @1 - 2"], guest.Gic.TakeTraced());
    }

    /// <summary>Event 1 of device 7 is LPI 8200 at vCPU 1.</summary>
    private static Guest Mapped()
    {
        var guest = Guest.Started();
        guest.Map(7, 1, 8200, collection: 1, cpu: 1);
        return guest.Traced();
    }
}
