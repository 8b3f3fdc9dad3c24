using ItsService.Core.Submissions;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// Submitted commands that wait while what is staged comes into force: they end only where the queue is no longer the
/// one that they wait in, and what was told of them is true afterwards.
/// </summary>
public class SubmissionsOverCommitTests
{
    private const SubmittedCommandOutcome Executed = SubmittedCommandOutcome.Executed;
    private const SubmittedCommandOutcome Waiting = SubmittedCommandOutcome.Waiting;
    private const SubmittedCommandOutcome Restored = SubmittedCommandOutcome.Restored;

    [Fact]
    public void Commit_that_has_nothing_to_do_with_the_queue_leaves_them_waiting()
    {
        var (guest, submission) = Waits();
        var port = new AttributePort(guest);
        port.WriteGicr(3, GicrOffset.Ctlr, 0);
        port.WriteIts(1, GitsOffset.Cbaser, 0);
        port.WriteIts(1, GitsOffset.Ctlr, 0);
        port.WriteIts(0, GitsOffset.Cwriter, 64);
        port.WriteIts(0, GitsOffset.Creadr, 0);
        port.Resume();
        Assert.Equal([Waiting, Waiting], submission.Outcomes());

        guest.Drain();

        Assert.Equal([Executed, Executed], submission.Outcomes());
        Assert.Equal(5U, Assert.Single(guest.Gic.Inspection.Devices(0)).Device.Value);
    }

    [Fact]
    public void Queue_that_ends_earlier_has_lost_those_behind_its_end()
    {
        var (guest, submission) = Waits();
        new AttributePort(guest).WriteIts(0, GitsOffset.Cwriter, 32);
        new AttributePort(guest).Resume();
        guest.Drain();

        Assert.Equal([Executed, SubmittedCommandOutcome.Withdrawn], submission.Outcomes());
    }

    [Fact]
    public void Its_that_is_disabled_promises_nothing()
    {
        var (guest, submission) = Waits();
        new AttributePort(guest).WriteIts(0, GitsOffset.Ctlr, 0);
        new AttributePort(guest).Resume();

        Assert.Equal(
            [SubmittedCommandOutcome.ItsDisabled, SubmittedCommandOutcome.ItsDisabled], submission.Outcomes());
    }

    [Fact]
    public void Queue_that_is_set_or_moved_on_is_another_one()
    {
        var (moved, skipped) = Waits();
        new AttributePort(moved).WriteIts(0, GitsOffset.Creadr, 32);
        new AttributePort(moved).Resume();
        Assert.Equal([Restored, Restored], skipped.Outcomes());

        var (set, replaced) = Waits();
        var port = new AttributePort(set);
        port.WriteIts(0, GitsOffset.Ctlr, 0);
        port.WriteIts(0, GitsOffset.Cbaser, port.ReadIts(0, GitsOffset.Cbaser));
        port.WriteIts(0, GitsOffset.Ctlr, 1);
        port.Resume();
        Assert.Equal([Restored, Restored], replaced.Outcomes());
        set.Drain();
        Assert.Empty(set.Gic.Inspection.Devices(0));
    }

    [Fact]
    public void State_that_is_restored_and_a_reset_end_them()
    {
        var (guest, submission) = Waits();
        Assert.Empty(guest.Gic.Persistence.Restore(guest.Gic.Persistence.Save()));
        Assert.Equal([Restored, Restored], submission.Outcomes());

        (guest, submission) = Waits();
        guest.Gic.Userspace.ResetIts(1);
        Assert.Equal([Waiting, Waiting], submission.Outcomes());
        guest.Gic.Userspace.ResetIts(0);
        Assert.Equal([SubmittedCommandOutcome.Reset, SubmittedCommandOutcome.Reset], submission.Outcomes());
    }

    /// <summary>Two commands in the queue of ITS 0, and the VM Paused.</summary>
    private static (Guest Guest, CommandSubmission Submission) Waits()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0, ItsCount = 2 });
        var submission = guest.Submit(GuestCommand.Mapd(5, 4, Places.Itt(5)), GuestCommand.Sync(0));
        guest.Gic.Pause();
        return (guest, submission);
    }
}
