using ItsService.Core.Commands;
using ItsService.Core.Diagnostics;
using ItsService.Core.Events;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Diagnostics;

public class CounterTests
{
    private const uint Device = 2;

    public static TheoryData<CommandError> Errors =>
        [.. Enum.GetValues<CommandError>().Where(error => error is not CommandError.None)];

    [Theory]
    [MemberData(nameof(Errors))]
    public void Every_error_is_counted_under_its_own_code(CommandError error)
    {
        var counters = new GicCounters();
        var opcode = OpcodeOf(error);

        counters.CountFailed(opcode, error);
        counters.CountFailed(opcode, error);

        Assert.Equal([new CommandCount(opcode, error, 2)], counters.Commands());
    }

    [Fact]
    public void Opcodes_that_are_no_command_are_counted_each()
    {
        var guest = Guest.Started();
        var before = guest.Gic.Counters.Commands().ToArray();

        guest.Run(
            GuestCommand.Opcode(0x21), GuestCommand.Opcode(0xFF), GuestCommand.Opcode(0x21), GuestCommand.Opcode(0x02));

        Assert.Empty(before);
        Assert.Equal(
            [
                new CommandCount((CommandOpcode)0x02, CommandError.UnknownOpcode, 1),
                new CommandCount((CommandOpcode)0x21, CommandError.UnknownOpcode, 2),
                new CommandCount((CommandOpcode)0xFF, CommandError.UnknownOpcode, 1),
            ],
            guest.Gic.Counters.Commands());
    }

    [Fact]
    public void Commands_are_counted_by_opcode_and_error_though_nobody_drains()
    {
        var guest = Guest.Started();
        guest.Map(Device, 0, 8192);
        for (var round = 0; round < 10; round++)
        {
            guest.Run([.. Enumerable.Repeat(GuestCommand.Int(Device, 9), 100), GuestCommand.Clear(9, 0)]);
        }

        Assert.Equal(
            [
                new CommandCount(CommandOpcode.Int, CommandError.IntUnmappedInterrupt, 1000),
                new CommandCount(CommandOpcode.Clear, CommandError.ClearUnmappedDevice, 10),
                new CommandCount(CommandOpcode.Sync, CommandError.None, 1),
                new CommandCount(CommandOpcode.Mapd, CommandError.None, 1),
                new CommandCount(CommandOpcode.Mapc, CommandError.None, 1),
                new CommandCount(CommandOpcode.Mapti, CommandError.None, 1),
            ],
            guest.Gic.Counters.Commands());
        Assert.Equal(1010, guest.Gic.Events.CountOf(GicEventKind.CommandFailed));
        Assert.Equal(1000, guest.Gic.Counters.IntCommands(MsiOutcome.DroppedEventUnmapped));
    }

    [Fact]
    public void Messages_are_counted_by_outcome_on_both_roads()
    {
        var guest = Guest.Started();
        guest.Map(Device, 0, 8192);
        for (var number = 0; number < 300; number++)
        {
            guest.Signal(Device, 0);
            guest.Signal(Device, 1);
            guest.Gic.WriteRegister(
                new FrameLocation(FrameKind.Gits, 0, GitsOffset.Translater), 4, 0, new(9));
        }

        guest.Run(GuestCommand.Int(Device, 0));

        var counters = guest.Gic.Counters;
        Assert.Equal(1, counters.Messages(MsiOutcome.Pended));
        Assert.Equal(299, counters.Messages(MsiOutcome.Coalesced));
        Assert.Equal(300, counters.Messages(MsiOutcome.DroppedEventUnmapped));
        Assert.Equal(300, counters.Messages(MsiOutcome.DroppedDeviceUnmapped));
        Assert.Equal(900, Enum.GetValues<MsiOutcome>().Sum(counters.Messages));
        Assert.Equal(1, counters.IntCommands(MsiOutcome.Coalesced));
        Assert.Equal(600, guest.Gic.Events.CountOf(GicEventKind.MsiDropped));
    }

    [Fact]
    public void Message_to_a_paused_controller_is_not_counted()
    {
        var guest = Guest.Started();
        guest.Gic.Pause();

        guest.Gic.SignalMsi(0, new(Device), new(0));

        Assert.Equal(0, Enum.GetValues<MsiOutcome>().Sum(guest.Gic.Counters.Messages));
    }

    [Fact]
    public void Stalled_command_counts_with_each_attempt_and_a_reset_takes_nothing_away()
    {
        var guest = Guest.Started(new GuestOptions
        {
            Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall },
        });
        guest.Publish(0, GuestCommand.Int(Device, 0));
        guest.Gits().Write64(GitsOffset.Cwriter, guest.Cwriter() | 1);

        guest.Gic.Reset();

        Assert.Equal(
            [new CommandCount(CommandOpcode.Int, CommandError.IntUnmappedDevice, 2)], guest.Gic.Counters.Commands());
        Assert.Equal(2, guest.Gic.Events.CountOf(GicEventKind.QueueStalled));
        Assert.Equal(2, guest.Gic.Events.TotalCount);
    }

    [Fact]
    public void Command_in_error_is_told_as_it_stood_in_the_queue()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapti(0x10, 9, 8200, 3));

        var failed = Assert.Single(guest.TakeEvents());

        Assert.Equal((0x10u, 9u, 8200u, 3u), (
            failed.Command.Device.Value, failed.Command.Event.Value, failed.Command.Lpi.Value,
            failed.Command.Collection.Value));
    }

    [Fact]
    public void Interrupt_command_that_a_redistributor_ignores_is_told_with_its_sender_and_target()
    {
        var guest = Guest.Started();
        guest.Map(Device, 0, 8192, collection: 1, cpu: 1);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);

        guest.Run(GuestCommand.Int(Device, 0));
        guest.Signal(Device, 0);

        var events = guest.TakeEvents();
        Assert.Equal([CommandOpcode.Int, CommandOpcode.None], events.Select(dropped => dropped.Opcode));
        Assert.All(events, dropped => Assert.Equal((1, 8192u), (dropped.Vcpu.Value, dropped.Lpi.Value)));
    }

    private static CommandOpcode OpcodeOf(CommandError error)
    {
        var code = (uint)error >= 0xFF00_0000 ? 0 : ((uint)error >> 8) & 0xFF;
        return error switch
        {
            CommandError.UnknownOpcode => (CommandOpcode)0x7F,
            CommandError.TableMemory or CommandError.MappingLimit => CommandOpcode.Mapd,
            _ => code == 5 ? CommandOpcode.Clear : (CommandOpcode)code,
        };
    }
}
