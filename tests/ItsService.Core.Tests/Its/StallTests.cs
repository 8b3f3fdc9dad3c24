using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Its;

/// <summary>The three things that may happen on a command in error (commands 1.1).</summary>
public class StallTests
{
    private const ulong Stalled = 1;

    private static readonly GuestOptions Stalling =
        new() { Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall } };

    [Fact]
    public void Continue_reports_each_error_with_its_place()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0), GuestCommand.Int(1, 0), GuestCommand.Mapc(0, 9));

        var events = guest.TakeEvents();
        Assert.Equal([GicEventKind.CommandFailed, GicEventKind.CommandFailed], events.Select(e => e.Kind));
        Assert.Equal([0x20u, 0x40u], events.Select(e => e.QueueOffset));
        Assert.Equal([CommandOpcode.Int, CommandOpcode.Mapc], events.Select(e => e.Opcode));
        Assert.Equal(
            [CommandError.IntUnmappedDevice, CommandError.MapcProcessorOutOfRange], events.Select(e => e.Error));
    }

    [Fact]
    public void Stall_stays_on_the_failing_command()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Mapc(0, 0), GuestCommand.Int(1, 0), GuestCommand.Mapc(1, 1));

        Assert.Equal(0x20 | Stalled, guest.Creadr());
        Assert.Equal(GicEventKind.QueueStalled, Assert.Single(guest.TakeEvents()).Kind);
        Assert.Single(guest.Gic.Inspection.Collections(0));
        Assert.False(guest.Gic.HasRunnableCommands);
    }

    [Fact]
    public void Stalled_queue_is_quiescent()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Int(1, 0));

        Assert.Equal(0x8000_0001UL, guest.Gits().Read32(GitsOffset.Ctlr));
    }

    [Fact]
    public void Retry_resumes_from_the_repaired_command()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Int(1, 0), GuestCommand.Mapc(1, 1));
        guest.WriteCommand(Places.Queue(), GuestCommand.Mapc(0, 0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x40 | 1);

        Assert.Equal(0x40UL, guest.Creadr());
        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Retry_of_a_command_still_in_error_stalls_again()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Int(1, 0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x20 | 1);

        Assert.Equal(Stalled, guest.Creadr());
        Assert.Equal(2, guest.TakeErrors().Length);
    }

    [Fact]
    public void Cwriter_without_retry_leaves_the_queue_stalled()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Int(1, 0));
        guest.WriteCommand(Places.Queue(), GuestCommand.Sync(0));
        guest.Publish(0, GuestCommand.Mapc(0, 0));

        Assert.Equal(Stalled, guest.Creadr());
        Assert.Empty(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Cbaser_write_ends_the_stall()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Int(1, 0));
        guest.Disable();
        guest.PlaceQueue(0, 1);

        Assert.Equal(0UL, guest.Creadr());
    }

    [Fact]
    public void Disable_and_enable_do_not_end_the_stall()
    {
        var guest = Guest.Started(Stalling);
        guest.Publish(0, GuestCommand.Int(1, 0));
        guest.Disable();
        guest.Enable();

        Assert.Equal(Stalled, guest.Creadr());
        Assert.Single(guest.TakeErrors());
    }

    [Fact]
    public void Stall_of_one_its_leaves_the_other_running()
    {
        var guest = Guest.Started(Stalling with { ItsCount = 2 });
        guest.Publish(0, GuestCommand.Int(1, 0));
        guest.RunOn(1, GuestCommand.Mapc(0, 0));

        Assert.Equal(Stalled, guest.Creadr(0));
        Assert.Single(guest.Gic.Inspection.Collections(1));
    }

    [Fact]
    public void Qemus_profile_stalls_on_table_memory_and_not_on_parameters()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Int(1, 0));
        Assert.Equal(CommandError.IntUnmappedDevice, Assert.Single(guest.TakeErrors()));

        guest.Memory.FaultWrites(new(new(Places.DeviceTable()), 8));
        guest.Publish(0, GuestCommand.MapdUnmap(0));

        Assert.Equal(Stalled, guest.Creadr() & 1);
        Assert.Equal(CommandError.TableMemory, Assert.Single(guest.TakeErrors()));
    }

    [Theory]
    [InlineData(GitsOffset.Cwriter, 4, true)]
    [InlineData(GitsOffset.Cwriter, 8, true)]
    [InlineData(GitsOffset.Cwriter + 4, 4, false)]
    public void Qemus_stalled_queue_goes_on_by_a_write_of_the_lower_half(int offset, int sizeBytes, bool goesOn)
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Map(0, 0, 8192);
        guest.Memory.FaultWrites(new(new(Places.DeviceTable()), 8));
        guest.Publish(0, GuestCommand.MapdUnmap(0));
        guest.Memory.Heal();
        var cwriter = guest.Cwriter();

        guest.Gits().Write(offset, sizeBytes, offset == GitsOffset.Cwriter ? cwriter : 0);

        Assert.Equal(goesOn ? 0 : Stalled, guest.Creadr() & 1);
        Assert.Equal(goesOn, guest.Cwriter() == guest.Creadr());
        Assert.Equal(cwriter, guest.Cwriter());
    }
}
