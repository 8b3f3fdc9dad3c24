using ItsService.Server.Memory;

namespace ItsService.Server.Tests.Memory;

/// <summary>The pages of all VMs: taken wholly or not at all, whoever else asks for too many.</summary>
public class HostedMemoryBudgetTests
{
    [Fact]
    public async Task Page_that_is_left_is_had_while_others_ask_for_too_many()
    {
        const int RoundCount = 2_000_000;
        var budget = new HostedMemoryBudget(100);
        using var done = new CancellationTokenSource();
        var greedy = Task.Factory.StartNew(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.False(budget.TryTake(262_144) || budget.TryTakeForCopy(262_144));
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        var refusedCount = 0;
        for (var round = 0; round < RoundCount; round++)
        {
            if (budget.TryTake(1))
            {
                budget.GiveBack(1);
            }
            else
            {
                refusedCount++;
            }
        }

        await done.CancelAsync();
        await greedy.WithinLimit();
        Assert.Equal(0, refusedCount);
    }

    [Fact]
    public void Copies_leave_a_sixteenth_that_vms_may_take()
    {
        var budget = new HostedMemoryBudget(160);

        Assert.False(budget.TryTakeForCopy(151));
        Assert.True(budget.TryTakeForCopy(150));
        Assert.False(budget.TryTakeForCopy(1));
        Assert.True(budget.TryTake(10));
        Assert.False(budget.TryTake(1));
        budget.GiveBack(160);
        Assert.True(budget.TryTake(160));
    }
}
