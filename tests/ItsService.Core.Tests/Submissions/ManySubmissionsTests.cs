using ItsService.Core.Submissions;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Submissions;

/// <summary>As many submissions as a queue has room for, some of which the guest takes out.</summary>
public class ManySubmissionsTests
{
    private const int Many = 32_767;
    private const int Kept = Many / 2;
    private const int SlotBytes = 32;

    private static readonly GuestOptions NothingInline = new() { InlineCommandsMax = 0, ReachesRamDirectly = true };

    [Fact]
    public void Half_of_them_are_withdrawn_by_one_write()
    {
        var guest = WithLargestQueue();
        var submissions = Submit(guest, Many);

        guest.Gits().Write64(GitsOffset.Cwriter, Kept * SlotBytes);

        Assert.All(submissions[..Kept], kept => Assert.False(kept.IsEnded));
        Assert.All(submissions[Kept..], withdrawn => Assert.True(withdrawn.IsEnded));
        Assert.Equal(Many - Kept, guest.Gic.EndedSubmissionCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Those_left_by_one_that_is_abandoned_go_on_in_order(int abandoned)
    {
        var guest = WithLargestQueue();
        var submissions = Submit(guest, 3);

        guest.Gic.Abandon(0, submissions[abandoned]);
        guest.Gic.Abandon(0, submissions[abandoned]);
        Assert.Equal(1, guest.Gic.EndedSubmissionCount);
        var late = guest.Submit(GuestCommand.Sync(0));
        guest.Gits().Write64(GitsOffset.Cwriter, 3 * SlotBytes);
        Assert.Equal(SubmittedCommandOutcome.Withdrawn, Assert.Single(late.Outcomes()));
        guest.Drain();

        Assert.All(submissions.Where((_, index) => index != abandoned), executed =>
            Assert.Equal(SubmittedCommandOutcome.Executed, Assert.Single(executed.Outcomes())));
        Assert.Equal(4, guest.Gic.EndedSubmissionCount);
    }

    private static Guest WithLargestQueue()
    {
        var guest = Guest.Started(NothingInline);
        guest.Disable();
        guest.PlaceQueue(0, 256);
        guest.Enable();
        return guest;
    }

    private static CommandSubmission[] Submit(Guest guest, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => guest.Submit(GuestCommand.Sync(0)))];
}
