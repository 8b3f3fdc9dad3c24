using ItsService.Core.Profiles;
using ItsService.Core.Submissions;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Submissions;

/// <summary>Where submitted commands go, and when they go nowhere.</summary>
public class PlacementTests
{
    private const int SlotsOfOnePage = 128;
    private const ulong LastSlot = 0xFE0;

    [Fact]
    public void Commands_lie_in_the_queue_as_a_guest_would_have_put_them()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0), GuestCommand.Sync(1));
        var submission = guest.Submit(GuestCommand.Mapc(3, 1), GuestCommand.Sync(1));

        Assert.Equal(
            SubmittedCommands.Bytes(GuestCommand.Mapc(3, 1), GuestCommand.Sync(1)),
            guest.ReadBytes(Places.Queue() + 0x40, 64));
        Assert.Equal((0x80UL, 0x80UL), (guest.Cwriter(), guest.Creadr()));
        Assert.Equal((0x40u, 0x60u), (submission.QueueOffsetOf(0), submission.QueueOffsetOf(1)));
        Assert.True(submission.IsEnded);
        Assert.Equal(1, guest.Gic.EndedSubmissionCount);
        Assert.Equal([SubmittedCommandOutcome.Executed, SubmittedCommandOutcome.Executed], submission.Outcomes());
        Assert.Equal(1, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Commands_wrap_at_the_end_of_the_queue()
    {
        var guest = WithPages(1);
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), SlotsOfOnePage - 2)]);
        var submission = guest.Submit(
            GuestCommand.Mapc(1, 0), GuestCommand.Mapc(2, 0), GuestCommand.Mapc(3, 0), GuestCommand.Mapc(4, 0));

        Assert.Equal([0xFC0u, 0xFE0u, 0u, 0x20u], Enumerable.Range(0, 4).Select(submission.QueueOffsetOf));
        Assert.Equal(
            SubmittedCommands.Bytes(GuestCommand.Mapc(1, 0), GuestCommand.Mapc(2, 0)),
            guest.ReadBytes(Places.Queue() + 0xFC0, 64));
        Assert.Equal(
            SubmittedCommands.Bytes(GuestCommand.Mapc(3, 0), GuestCommand.Mapc(4, 0)),
            guest.ReadBytes(Places.Queue(), 64));
        Assert.Equal((0x40UL, 0x40UL), (guest.Cwriter(), guest.Creadr()));
        Assert.All(submission.Outcomes(), outcome => Assert.Equal(SubmittedCommandOutcome.Executed, outcome));
        Assert.Equal(4, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Commands_that_end_with_the_last_slot_bring_the_write_pointer_to_the_first()
    {
        var guest = WithPages(1);
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), SlotsOfOnePage - 1)]);
        var submission = guest.Submit(GuestCommand.Sync(0));

        Assert.Equal(LastSlot, submission.QueueOffsetOf(0));
        Assert.Equal((0UL, 0UL), (guest.Cwriter(), guest.Creadr()));
        Assert.True(submission.IsEnded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(90)]
    [InlineData(127)]
    public void Queue_takes_commands_up_to_its_last_slot_and_not_one_more(int offset)
    {
        var guest = WithPages(1);
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), offset)]);
        var tooMany = guest.Gic.Submit(0, SubmittedCommands.Syncs(SlotsOfOnePage));
        var all = SubmittedCommands.Syncs(SlotsOfOnePage - 1);

        Assert.Equal(SubmissionRefusals.QueueTooSmall, tooMany.Refusals);
        Assert.Equal((SlotsOfOnePage - 1, SlotsOfOnePage - 1), (tooMany.Capacity, tooMany.FreeSlots));
        Assert.True(guest.Gic.Submit(0, all).IsPlaced);
        Assert.All(all.Outcomes(), outcome => Assert.Equal(SubmittedCommandOutcome.Executed, outcome));
        Assert.Equal((ulong)(offset + SlotsOfOnePage - 1) % SlotsOfOnePage * 32, guest.Creadr());
    }

    [Fact]
    public void Largest_queue_takes_the_largest_submission()
    {
        var guest = WithPages(256);
        var submission = SubmittedCommands.Syncs(CommandSubmission.CountMax);
        var result = guest.Gic.Submit(0, submission);
        guest.Drain();

        Assert.Equal(32_767, CommandSubmission.CountMax);
        Assert.True(result.IsPlaced);
        Assert.True(submission.IsEnded);
        Assert.Equal(CommandSubmission.CountMax * 32UL, guest.Creadr());
        Assert.All(submission.Outcomes(), outcome => Assert.Equal(SubmittedCommandOutcome.Executed, outcome));
    }

    [Fact]
    public void Room_is_what_the_waiting_commands_leave()
    {
        var guest = WithPages(1, inlineCommands: 0);
        guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Sync(0), 100)]);
        var before = Snapshot.Of(guest);
        var tooMany = guest.Gic.Submit(0, SubmittedCommands.Syncs(28));

        Assert.Equal(SubmissionRefusals.QueueFull, tooMany.Refusals);
        Assert.Equal((127, 27), (tooMany.Capacity, tooMany.FreeSlots));
        Assert.False(tooMany.IsPlaced);
        Assert.Equal(before, Snapshot.Of(guest));
        Assert.True(guest.Gic.Submit(0, SubmittedCommands.Syncs(27)).IsPlaced);
        Assert.Equal(SubmissionRefusals.QueueFull, guest.Gic.Submit(0, SubmittedCommands.Syncs(1)).Refusals);
    }

    [Fact]
    public void Guest_that_has_set_up_nothing_is_told_all_that_lacks()
    {
        var guest = new Guest();
        var before = Snapshot.Of(guest);

        Assert.Equal(
            SubmissionRefusals.QueueNotValid | SubmissionRefusals.ItsDisabled,
            guest.Gic.Submit(0, SubmittedCommands.Syncs(1)).Refusals);
        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Fact]
    public void Queue_without_valid_is_refused_though_the_its_is_enabled()
    {
        var guest = new Guest(
            new GuestOptions { Profile = GicProfiles.Kvm with { EnableNeedsValidTables = false } });
        guest.Enable();

        Assert.Equal(
            SubmissionRefusals.QueueNotValid, guest.Gic.Submit(0, SubmittedCommands.Syncs(1)).Refusals);
    }

    [Fact]
    public void Disabled_its_is_refused()
    {
        var guest = Guest.Started();
        guest.Disable();

        AssertRefused(guest, SubmissionRefusals.ItsDisabled);
    }

    [Fact]
    public void Write_pointer_outside_the_queue_is_refused_and_the_last_one_inside_taken()
    {
        var guest = WithPages(1, profile: GicProfiles.Qemu);
        guest.Gits().Write64(GitsOffset.Cwriter, 0x1000);
        AssertRefused(guest, SubmissionRefusals.WriteOffsetOutOfRange);

        guest.Gits().Write64(GitsOffset.Cwriter, LastSlot);
        Assert.True(guest.Gic.Submit(0, SubmittedCommands.Syncs(1)).IsPlaced);
    }

    [Fact]
    public void Stalled_queue_is_refused_until_it_runs_again()
    {
        var guest = Guest.Started(
            new GuestOptions { Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall } });
        guest.Publish(0, GuestCommand.Int(1, 0));
        AssertRefused(guest, SubmissionRefusals.QueueStalled);

        guest.WriteCommand(Places.Queue(), GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0x20 | 1);
        Assert.True(guest.Submit(GuestCommand.Sync(0)).IsEnded);
    }

    [Fact]
    public void Stalled_queue_does_not_hide_that_the_its_is_disabled()
    {
        var guest = Guest.Started(
            new GuestOptions { Profile = GicProfiles.Kvm with { CommandErrorPolicy = CommandErrorPolicy.Stall } });
        guest.Publish(0, GuestCommand.Int(1, 0));
        guest.Disable();

        AssertRefused(guest, SubmissionRefusals.QueueStalled | SubmissionRefusals.ItsDisabled);
    }

    [Fact]
    public void Paused_controller_takes_nothing_until_it_runs()
    {
        var guest = Guest.Started();
        var submission = SubmittedCommands.Syncs(1);
        guest.Gic.Pause();
        var paused = guest.Gic.Submit(0, submission);
        guest.Gic.Resume();

        Assert.Equal((AccessStatus.Paused, false), (paused.Status, paused.IsPlaced));
        Assert.False(submission.IsPlaced);
        Assert.Equal(0UL, guest.Cwriter());
        Assert.True(guest.Gic.Submit(0, submission).IsPlaced);
    }

    [Fact]
    public void Each_its_has_its_own_queue()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        var submission = guest.SubmitTo(1, GuestCommand.Mapc(0, 0));

        Assert.True(submission.IsEnded);
        Assert.Equal((0UL, 0x20UL), (guest.Creadr(0), guest.Creadr(1)));
        Assert.Equal(1, guest.Gic.Inspection.Its(1).CollectionCount);
    }

    [Fact]
    public void Line_changes_with_the_command_that_pends()
    {
        var guest = Guest.Started();
        guest.Map(1, 0, 8192);
        guest.Submit(GuestCommand.Int(1, 0));

        Assert.True(guest.Cpu(0).IsAsserted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(0x8000 * 32)]
    public void Bytes_that_are_no_slots_are_an_error_of_the_host(int byteCount) =>
        Assert.Throws<ArgumentOutOfRangeException>("slots", () => new CommandSubmission(new byte[byteCount]));

    [Fact]
    public void Submission_is_for_one_time()
    {
        var guest = Guest.Started();
        var submission = guest.Submit(GuestCommand.Sync(0));

        Assert.Throws<ArgumentException>("submission", () => guest.Gic.Submit(0, submission));
        Assert.Equal(0x20UL, guest.Cwriter());
    }

    private static Guest WithPages(int pages, int inlineCommands = 2048, GicProfile? profile = null)
    {
        var guest = Guest.Started(
            new GuestOptions { InlineCommandsMax = inlineCommands, Profile = profile ?? GicProfiles.Kvm });
        guest.Disable();
        guest.PlaceQueue(0, pages);
        guest.Enable();
        return guest;
    }

    private static void AssertRefused(Guest guest, SubmissionRefusals refusals)
    {
        var before = Snapshot.Of(guest);
        var ram = guest.ReadBytes(Places.Queue(), 0x1000);
        var submission = SubmittedCommands.Syncs(1);
        var result = guest.Gic.Submit(0, submission);

        Assert.Equal((AccessStatus.Ok, refusals, false), (result.Status, result.Refusals, result.IsPlaced));
        Assert.False(submission.IsPlaced);
        Assert.Equal(before, Snapshot.Of(guest));
        Assert.Equal(ram, guest.ReadBytes(Places.Queue(), 0x1000));
    }
}
