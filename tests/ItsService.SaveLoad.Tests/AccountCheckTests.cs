using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Tests;

/// <summary>What closes and what does not, of one event.</summary>
public class AccountCheckTests
{
    private static readonly EventPlan Plan = new(senderCount: 1, oneOutstanding: false);

    [Theory]
    // One row: pended, INT, acknowledged, CLEAR, pending; whether it closes.
    [InlineData(EventRule.Plain, 5, 0, 5, 0, 0, true)]
    [InlineData(EventRule.Plain, 5, 0, 4, 0, 1, true)]
    [InlineData(EventRule.Plain, 5, 0, 4, 0, 0, false)]
    [InlineData(EventRule.Plain, 5, 0, 5, 0, 1, false)]
    [InlineData(EventRule.Plain, 5, 0, 6, 0, 0, false)]
    [InlineData(EventRule.Plain, 5, 0, 3, 0, 2, false)]
    [InlineData(EventRule.OneAtATime, 0, 3, 2, 9, 1, true)]
    [InlineData(EventRule.OneAtATime, 0, 3, 2, 9, 0, false)]
    [InlineData(EventRule.Interrupted, 5, 3, 5, 0, 0, true)]
    [InlineData(EventRule.Interrupted, 5, 3, 8, 0, 0, true)]
    [InlineData(EventRule.Interrupted, 5, 3, 9, 0, 0, false)]
    [InlineData(EventRule.Interrupted, 5, 3, 4, 0, 0, false)]
    [InlineData(EventRule.Cleared, 5, 0, 3, 2, 0, true)]
    [InlineData(EventRule.Cleared, 5, 0, 3, 1, 0, false)]
    [InlineData(EventRule.Cleared, 5, 0, 5, 2, 1, false)]
    [InlineData(EventRule.Discarded, 0, 4, 1, 3, 0, true)]
    [InlineData(EventRule.Discarded, 0, 4, 1, 2, 0, false)]
    public void Nothing_comes_out_twice_and_no_more_is_left_over_than_commands_explain(
        EventRule rule, int pended, int ints, int acknowledged, int clears, int pending, bool closes)
    {
        var counts = new EventCounts(pended, 7, acknowledged);

        var problem = Record.Exception(() => Check(rule, counts, counts, ints, clears, pending));

        Assert.Equal(closes, problem is null);
        Assert.True(closes || problem is AccountException);
    }

    [Theory]
    [InlineData(4, 6, 3, 3, 1, true)]
    [InlineData(4, 6, 3, 3, 0, false)]
    [InlineData(4, 4, 2, 4, 0, true)]
    [InlineData(4, 4, 2, 4, 1, true)]
    [InlineData(4, 4, 4, 5, 1, false)]
    [InlineData(5, 9, 1, 3, 1, false)]
    public void What_happened_during_a_save_may_have_come_before_or_after_it(
        int pendedLeast, int pendedMost, int acknowledgedLeast, int acknowledgedMost, int pending, bool closes)
    {
        var problem = Record.Exception(() => Check(
            EventRule.Plain,
            new EventCounts(pendedLeast, 0, acknowledgedLeast),
            new EventCounts(pendedMost, 0, acknowledgedMost),
            ints: 0,
            clears: 0,
            pending));

        Assert.Equal(closes, problem is null);
    }

    [Fact]
    public void An_lpi_that_nobody_sends_is_no_part_of_any_account()
    {
        var counts = new EventCounts[Plan.Events.Count];

        Assert.Throws<AccountException>(() => AccountCheck.Check(
            Plan, new Counted(counts, counts), new CommandCounts(Plan.Events.Count), [GuestLayout.FirstLpi + 5000]));
    }

    private static void Check(
        EventRule rule, EventCounts least, EventCounts most, int ints, int clears, int pending)
    {
        var accounted = Plan.Events.First(candidate => candidate.Rule == rule);
        var (all, allMost) = (new EventCounts[Plan.Events.Count], new EventCounts[Plan.Events.Count]);
        (all[accounted.Index], allMost[accounted.Index]) = (least, most);
        var executed = new CommandCounts(Plan.Events.Count);
        executed.Add(Enumerable.Repeat(GuestCommand.Int(accounted), ints));
        executed.Add(Enumerable.Repeat(GuestCommand.Clear(accounted), clears));

        AccountCheck.Check(
            Plan, new Counted(all, allMost), executed, Enumerable.Repeat(accounted.Lpi, pending));
    }
}
