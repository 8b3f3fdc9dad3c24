using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Profiles;
using ItsService.Core.Submissions;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Submissions;

/// <summary>What becomes of submitted commands that the guest leaves alone.</summary>
public class SubmissionResultTests
{
    private static readonly GuestOptions NothingInline = new() { InlineCommandsMax = 0 };

    private static readonly GuestOptions Stalling =
        new() { Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall } };

    [Fact]
    public void Each_command_has_its_own_error()
    {
        var guest = Guest.Started();
        var submission = guest.Submit(
            GuestCommand.Mapd(1, 4, Places.Itt(1)),
            GuestCommand.Mapti(1, 99, 8192, 0),
            GuestCommand.Mapc(0, 9),
            GuestCommand.Opcode(0x7F),
            GuestCommand.Sync(77),
            GuestCommand.Int(5, 0));

        Assert.Equal(
            [
                new(SubmittedCommandOutcome.Executed),
                new(SubmittedCommandOutcome.Failed, CommandError.MaptiIdOutOfRange),
                new(SubmittedCommandOutcome.Failed, CommandError.MapcProcessorOutOfRange),
                new(SubmittedCommandOutcome.Failed, CommandError.UnknownOpcode),
                new(SubmittedCommandOutcome.Executed),
                new(SubmittedCommandOutcome.Failed, CommandError.IntUnmappedDevice),
            ],
            submission.Results.ToArray());
    }

    [Fact]
    public void Results_are_exact_where_the_events_are_not_kept()
    {
        var guest = Guest.Started(new GuestOptions { EventsMax = 4, InlineCommandsMax = 100 });
        GuestCommand[] commands =
        [
            .. Enumerable.Range(0, 2000).Select(number =>
                number % 3 == 0 ? GuestCommand.Sync(0) : GuestCommand.Inv((uint)number, 0)),
        ];
        var submission = guest.Submit(commands);
        guest.Drain();

        Assert.Equal(4, guest.Gic.Events.Count);
        Assert.Equal(
            Enumerable.Range(0, 2000).Select(number => number % 3 == 0
                ? new SubmittedCommandResult(SubmittedCommandOutcome.Executed)
                : new(SubmittedCommandOutcome.Failed, CommandError.InvUnmappedDevice)),
            submission.Results.ToArray());
    }

    [Fact]
    public void Guests_own_commands_run_first_and_last_and_have_no_part_in_the_results()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(0, GuestCommand.Mapc(0, 0), GuestCommand.Int(9, 9));
        var first = guest.Submit(GuestCommand.Mapc(0, 1), GuestCommand.Mapc(0, 2));
        guest.Publish(0, GuestCommand.Int(8, 8), GuestCommand.Mapc(0, 3));
        var second = guest.Submit(GuestCommand.Int(7, 7));

        ReadOnlySpan<(bool First, bool Second, int? Target)> after =
        [
            (false, false, 0), (false, false, 0), (false, false, 1), (true, false, 2),
            (true, false, 2), (true, false, 3), (true, true, 3),
        ];
        foreach (var (firstEnded, secondEnded, target) in after)
        {
            guest.Gic.Step(1);
            Assert.Equal((firstEnded, secondEnded), (first.IsEnded, second.IsEnded));
            Assert.Equal(target, Assert.Single(guest.Gic.Inspection.Collections(0)).Target.Value);
        }

        Assert.Equal([SubmittedCommandOutcome.Executed, SubmittedCommandOutcome.Executed], first.Outcomes());
        Assert.Equal(
            new SubmittedCommandResult(SubmittedCommandOutcome.Failed, CommandError.IntUnmappedDevice),
            Assert.Single(second.Results.ToArray()));
        Assert.Equal(2, guest.Gic.EndedSubmissionCount);
        Assert.Equal(3, guest.TakeErrors().Length);
    }

    [Fact]
    public void Inline_limit_holds_for_submitted_commands()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 3 });
        var submission = guest.Submit([.. Enumerable.Repeat(GuestCommand.Sync(0), 5)]);

        Assert.Equal(0x60UL, guest.Creadr());
        Assert.False(submission.IsEnded);
        Assert.Equal(0, guest.Gic.EndedSubmissionCount);
        Assert.True(guest.Gic.HasRunnableCommands);
        guest.Gic.Step(2);
        Assert.True(submission.IsEnded);
    }

    [Fact]
    public void Stall_ends_the_submission_at_its_command()
    {
        var guest = Guest.Started(Stalling);
        var submission = guest.Submit(
            GuestCommand.Mapc(0, 0), GuestCommand.Int(1, 0), GuestCommand.Mapc(1, 1), GuestCommand.Sync(0));

        Assert.True(submission.IsEnded);
        Assert.Equal(
            [
                new(SubmittedCommandOutcome.Executed),
                new(SubmittedCommandOutcome.Stalled, CommandError.IntUnmappedDevice),
                new(SubmittedCommandOutcome.BehindStall),
                new(SubmittedCommandOutcome.BehindStall),
            ],
            submission.Results.ToArray());
        Assert.Equal(0x21UL, guest.Creadr());
        Assert.Equal(GicEventKind.QueueStalled, Assert.Single(guest.TakeEvents()).Kind);

        // What is behind the stall is the guest's from now on.
        guest.WriteCommand(Places.Queue() + 0x20, GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x80 | 1);
        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
        Assert.Equal(SubmittedCommandOutcome.BehindStall, submission.Outcomes()[2]);
    }

    [Fact]
    public void Stall_on_a_command_of_the_guest_ends_all_that_wait()
    {
        var guest = Guest.Started(Stalling with { InlineCommandsMax = 0 });
        guest.Publish(0, GuestCommand.Int(1, 0));
        var first = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        var second = guest.Submit(GuestCommand.Sync(0));
        guest.Gic.Step(100);

        Assert.True(first.IsEnded && second.IsEnded);
        Assert.Equal(2, guest.Gic.EndedSubmissionCount);
        Assert.All(
            [.. first.Outcomes(), .. second.Outcomes()],
            outcome => Assert.Equal(SubmittedCommandOutcome.BehindStall, outcome));
    }

    [Fact]
    public void Stall_of_one_its_leaves_the_submission_to_the_other_alone()
    {
        var guest = Guest.Started(Stalling with { InlineCommandsMax = 0, ItsCount = 2 });
        guest.Publish(0, GuestCommand.Int(1, 0));
        var submission = guest.SubmitTo(1, GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Drain();

        Assert.Equal(1UL, guest.Creadr(0));
        Assert.All(submission.Outcomes(), outcome => Assert.Equal(SubmittedCommandOutcome.Executed, outcome));
    }

    [Fact]
    public void Memory_error_stalls_where_the_policy_says_so_and_a_parameter_error_does_not()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Memory.FaultWrites(new(new(Places.DeviceTable()), 8));
        var submission = guest.Submit(
            GuestCommand.Int(1, 0), GuestCommand.MapdUnmap(0), GuestCommand.Sync(0));

        Assert.Equal(
            [
                new(SubmittedCommandOutcome.Failed, CommandError.IntUnmappedDevice),
                new(SubmittedCommandOutcome.Stalled, CommandError.TableMemory),
                new(SubmittedCommandOutcome.BehindStall),
            ],
            submission.Results.ToArray());
    }

    [Fact]
    public void Slot_that_became_unreadable_is_in_error()
    {
        var guest = Guest.Started(NothingInline);
        var submission = guest.Submit(GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Memory.FaultReads(new(new(Places.Queue()), 32));
        guest.Drain();

        Assert.Equal(
            [
                new(SubmittedCommandOutcome.Failed, CommandError.UnreadableSlot),
                new(SubmittedCommandOutcome.Executed),
            ],
            submission.Results.ToArray());
    }

    [Fact]
    public void Abandoned_commands_stay_in_the_queue_and_run()
    {
        var guest = Guest.Started(NothingInline);
        var first = guest.Submit(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 0));
        var second = guest.Submit(GuestCommand.Mapc(2, 0));
        var third = guest.Submit(GuestCommand.Mapc(3, 0));
        guest.Gic.Step(1);
        guest.Gic.Abandon(0, second);
        guest.Gic.Pause();
        guest.Gic.Abandon(0, first);
        guest.Gic.Resume();

        Assert.Equal(2, guest.Gic.EndedSubmissionCount);
        guest.Drain();
        Assert.Equal([SubmittedCommandOutcome.Executed, SubmittedCommandOutcome.Abandoned], first.Outcomes());
        Assert.Equal([SubmittedCommandOutcome.Abandoned], second.Outcomes());
        Assert.Equal([SubmittedCommandOutcome.Executed], third.Outcomes());
        Assert.Equal(4, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Abandoning_the_last_one_lets_another_follow()
    {
        var guest = Guest.Started(NothingInline);
        var first = guest.Submit(GuestCommand.Sync(0));
        var second = guest.Submit(GuestCommand.Sync(0));
        guest.Gic.Abandon(0, second);
        var third = guest.Submit(GuestCommand.Sync(0));
        guest.Drain();

        Assert.Equal(SubmittedCommandOutcome.Executed, Assert.Single(first.Outcomes()));
        Assert.Equal(SubmittedCommandOutcome.Executed, Assert.Single(third.Outcomes()));
    }

    [Fact]
    public void Abandoning_what_has_ended_or_never_began_changes_nothing()
    {
        var guest = Guest.Started();
        var ended = guest.Submit(GuestCommand.Sync(0));
        guest.Gic.Abandon(0, ended);
        guest.Gic.Abandon(0, SubmittedCommands.Syncs(1));

        Assert.Equal(SubmittedCommandOutcome.Executed, Assert.Single(ended.Outcomes()));
        Assert.Equal(1, guest.Gic.EndedSubmissionCount);
    }

    [Fact]
    public void Submitted_commands_end_in_the_state_in_which_the_guests_own_do()
    {
        GuestCommand[] commands =
        [
            GuestCommand.Mapd(1, 4, Places.Itt(1)), GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 3),
            GuestCommand.Mapti(1, 3, 8200, 0), GuestCommand.Int(1, 3), GuestCommand.Movi(1, 3, 1),
            GuestCommand.Int(1, 5), GuestCommand.Discard(1, 3),
        ];
        var submitting = Guest.Started();
        submitting.Submit(commands);
        var own = Guest.Started();
        own.Run(commands);

        Assert.Equal(Snapshot.Of(own), Snapshot.Of(submitting));
        Assert.Equal(own.TakeEvents(), submitting.TakeEvents());
        Assert.Equal(own.Gic.Counters.Commands(), submitting.Gic.Counters.Commands());
    }
}
