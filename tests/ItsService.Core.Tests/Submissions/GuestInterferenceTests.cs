using ItsService.Core.Profiles;
using ItsService.Core.Submissions;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Submissions;

/// <summary>What a guest can do to submitted commands that wait: none of it hangs or makes a result false.</summary>
public class GuestInterferenceTests
{
    private const SubmittedCommandOutcome Executed = SubmittedCommandOutcome.Executed;
    private const SubmittedCommandOutcome Waiting = SubmittedCommandOutcome.Waiting;
    private const SubmittedCommandOutcome Withdrawn = SubmittedCommandOutcome.Withdrawn;

    private static readonly GuestOptions NothingInline = new() { InlineCommandsMax = 0 };

    [Fact]
    public void Disabling_the_its_ends_what_waits()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 0));
        guest.Gic.Step(1);
        guest.Disable();

        Assert.True(submission.IsEnded);
        Assert.Equal([Executed, SubmittedCommandOutcome.ItsDisabled], submission.Outcomes());

        // As the guest's own, they are there when the ITS goes on.
        guest.Enable();
        guest.Drain();
        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
        Assert.Equal([Executed, SubmittedCommandOutcome.ItsDisabled], submission.Outcomes());
    }

    [Fact]
    public void New_queue_runs_none_of_what_waited_in_the_old_one()
    {
        var guest = Guest.Started(NothingInline);
        var old = guest.Submit(GuestCommand.Mapc(0, 0));
        guest.Disable();
        guest.PlaceQueue(0, 1);
        guest.Enable();
        var submission = guest.Submit(GuestCommand.Mapc(1, 0));
        guest.Drain();

        Assert.Equal(SubmittedCommandOutcome.ItsDisabled, Assert.Single(old.Outcomes()));
        Assert.Equal(Executed, Assert.Single(submission.Outcomes()));
        Assert.Equal(1u, Assert.Single(guest.Gic.Inspection.Collections(0)).Collection.Value);
    }

    [Fact]
    public void Write_of_cbaser_that_is_ignored_ends_nothing()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Sync(0));
        guest.PlaceQueueKeepingCwriter(1);
        guest.Enable();
        guest.Drain();

        Assert.Equal(Executed, Assert.Single(submission.Outcomes()));
    }

    [Fact]
    public void Reset_ends_what_waits()
    {
        var guest = Guest.Started(NothingInline with { ItsCount = 2 });
        var submission = guest.Submit(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 0));
        var other = guest.SubmitTo(1, GuestCommand.Sync(0));
        guest.Gic.Step(1);
        guest.Gic.Reset();

        Assert.Equal([Executed, SubmittedCommandOutcome.Reset], submission.Outcomes());
        Assert.Equal(SubmittedCommandOutcome.Reset, Assert.Single(other.Outcomes()));
        Assert.Equal(2, guest.Gic.EndedSubmissionCount);
    }

    [Fact]
    public void Write_pointer_that_moves_back_withdraws_what_is_behind_it()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(0, GuestCommand.Sync(0));
        var first = guest.Submit(GuestCommand.Mapc(1, 0), GuestCommand.Mapc(2, 0), GuestCommand.Mapc(3, 0));
        var second = guest.Submit(GuestCommand.Mapc(4, 0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x60);

        Assert.Equal([Waiting, Waiting, Withdrawn], first.Outcomes());
        Assert.Equal([Withdrawn], second.Outcomes());
        Assert.Equal((false, true), (first.IsEnded, second.IsEnded));

        guest.Drain();
        Assert.Equal([Executed, Executed, Withdrawn], first.Outcomes());
        Assert.True(first.IsEnded);
        Assert.Equal(2, guest.Gic.EndedSubmissionCount);
        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Write_pointer_at_the_read_pointer_withdraws_all()
    {
        var guest = Guest.Started(NothingInline);
        var first = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        var second = guest.Submit(GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0);

        Assert.Equal([Withdrawn, Withdrawn], first.Outcomes());
        Assert.Equal([Withdrawn], second.Outcomes());
        Assert.False(guest.Gic.HasRunnableCommands);
    }

    [Fact]
    public void Write_pointer_that_moves_on_takes_nothing_away()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Publish(0, GuestCommand.Int(1, 1));
        guest.Gits().Write64(GitsOffset.Cwriter, guest.Cwriter());
        guest.Drain();

        Assert.Equal([Executed, Executed], submission.Outcomes());
    }

    [Fact]
    public void Half_of_the_write_pointer_counts_as_well()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Gits().Write32(GitsOffset.Cwriter + 4, 0);
        Assert.Equal([Waiting, Waiting], submission.Outcomes());

        guest.Gits().Write32(GitsOffset.Cwriter, 0x20);
        Assert.Equal([Waiting, Withdrawn], submission.Outcomes());
    }

    [Fact]
    public void Write_pointer_outside_the_queue_withdraws_all()
    {
        var guest = Guest.Started(NothingInline with { Profile = GicProfiles.Qemu });
        var submission = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x1_0000);

        Assert.Equal([Withdrawn, Withdrawn], submission.Outcomes());
        Assert.True(submission.IsEnded);
    }

    [Fact]
    public void Write_pointer_outside_the_queue_that_is_dropped_takes_nothing_away()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x1_0000);
        guest.Drain();

        Assert.Equal([Executed], submission.Outcomes());
    }

    [Fact]
    public void Withdrawn_commands_that_the_guest_takes_back_in_are_its_own()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x20);
        guest.Gits().Write64(GitsOffset.Cwriter, 0x40);
        guest.Drain();

        Assert.Equal([Executed, Withdrawn], submission.Outcomes());
        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Wrapped_commands_are_withdrawn_by_their_place_in_the_queue()
    {
        var guest = Guest.Started(NothingInline);
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), 2046)]);
        var submission = guest.Submit([.. Enumerable.Repeat(GuestCommand.Sync(0), 5)]);
        guest.Gits().Write64(GitsOffset.Cwriter, 0x20);
        Assert.Equal([Waiting, Waiting, Waiting, Withdrawn, Withdrawn], submission.Outcomes());

        guest.Gits().Write64(GitsOffset.Cwriter, 0xFFE0);
        Assert.Equal([Waiting, Withdrawn, Withdrawn, Withdrawn, Withdrawn], submission.Outcomes());
        guest.Drain();
        Assert.Equal([Executed, Withdrawn, Withdrawn, Withdrawn, Withdrawn], submission.Outcomes());
    }

    [Fact]
    public void Slot_that_the_guest_fills_anew_is_the_guests_command()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 0), GuestCommand.Mapc(2, 0));
        guest.WriteCommand(Places.Queue() + 0x20, GuestCommand.Int(9, 9));
        guest.Drain();

        Assert.Equal(
            [
                new(Executed), new SubmittedCommandResult(SubmittedCommandOutcome.Overwritten), new(Executed),
            ],
            submission.Results.ToArray());
        Assert.Equal(Core.Commands.CommandError.IntUnmappedDevice, Assert.Single(guest.TakeErrors()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(31)]
    public void One_changed_byte_makes_another_command_of_it(int place)
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Sync(0));
        var address = Places.Queue() + (ulong)place;
        guest.WriteByte(address, (byte)(guest.ReadByte(address) ^ 1));
        guest.Drain();

        Assert.Equal([SubmittedCommandOutcome.Overwritten], submission.Outcomes());
    }

    [Fact]
    public void Stall_on_what_the_guest_wrote_over_a_submitted_command_is_no_stall_on_that_one()
    {
        var guest = Guest.Started(NothingInline with
        {
            Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall },
        });
        var submission = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.WriteCommand(Places.Queue(), GuestCommand.Int(9, 9));
        guest.Gic.Step(10);

        Assert.Equal(
            [SubmittedCommandOutcome.Overwritten, SubmittedCommandOutcome.BehindStall], submission.Outcomes());
    }

    [Fact]
    public void Command_that_writes_over_a_later_slot_is_noticed()
    {
        // The device table's entry that MAPD V=0 zeroes lies where the second command stands.
        var guest = Guest.Started(NothingInline);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.Queue() | Guest.Pages64K);
        guest.Enable();
        var submission = guest.Submit(GuestCommand.MapdUnmap(4), GuestCommand.Sync(0));
        guest.Drain();

        Assert.Equal([Executed, SubmittedCommandOutcome.Overwritten], submission.Outcomes());
    }
}
