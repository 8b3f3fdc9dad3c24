using ItsService.Protocol.V1;
using ItsService.SaveLoad.Running;

namespace ItsService.SaveLoad.Tests;

/// <summary>A few saves of each sort: what <c>eng/save-load.sh</c> does by the hundred.</summary>
public class SmokeTests
{
    [Theory]
    [InlineData(InFlightPolicy.Carry, 30)]
    [InlineData(InFlightPolicy.Drain, 15)]
    [InlineData(InFlightPolicy.Refuse, 15)]
    public async Task Nothing_is_lost_or_doubled_in_any_save(InFlightPolicy policy, int saveCount)
    {
        var figures = await LoadRun.ExecuteAsync(
            new RunPlan { Policy = policy, SaveCount = saveCount, SenderCount = 4 }, _ => { });

        Assert.Null(figures.Mismatch);
        Assert.Equal((saveCount, saveCount), (figures.SaveCount, figures.RestoreCount));
        Assert.InRange(figures.PausedSaveCount, 1, saveCount - 1);
        Assert.Equal(policy == InFlightPolicy.Carry, figures.CarryingSaveCount > 0);
        Assert.True(policy == InFlightPolicy.Refuse || figures.RefusedCount == 0);
        Assert.True(figures.PendedCount > 0 && figures.CoalescedCount > 0 && figures.AcknowledgedCount > 0);
        Assert.True(figures.IntCoalescedCount > 0 && figures.ClearedCount > 0);
    }

    [Theory]
    [InlineData(Successor.Saved, InFlightPolicy.Drain, 10)]
    [InlineData(Successor.Restored, InFlightPolicy.Carry, 25)]
    [InlineData(Successor.Restarted, InFlightPolicy.Carry, 2)]
    public async Task With_one_message_outstanding_each_is_acknowledged_once(
        Successor successor, InFlightPolicy policy, int saveCount)
    {
        var figures = await LoadRun.ExecuteAsync(
            new RunPlan
            {
                Policy = policy,
                Successor = successor,
                SaveCount = saveCount,
                SenderCount = 4,
                IsOneOutstanding = true,
            },
            _ => { });

        Assert.Null(figures.Mismatch);
        Assert.Equal(0, figures.CoalescedCount + figures.IntCoalescedCount + figures.ClearedCount);
        Assert.Equal(figures.SentCount + figures.IntCount, figures.AcknowledgedCount);
        Assert.Equal(successor != Successor.Saved, figures.TakeOverCount > 0);
    }
}
