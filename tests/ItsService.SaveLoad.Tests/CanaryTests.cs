using ItsService.SaveLoad.Running;
using ItsService.SaveLoad.Saves;

namespace ItsService.SaveLoad.Tests;

/// <summary>Something is done wrong on purpose: an account that closes nevertheless tells nothing.</summary>
public class CanaryTests
{
    // By then a look has come to each fault: what it needs is there in most saves.
    private const int SaveCount = 40;

    [Fact]
    public Task Message_that_is_counted_twice_is_found() =>
        MustNotCloseAsync(new RunPlan { Faults = new LoadFaults { CountsOneTooMany = true } }, "the senders count");

    [Fact]
    public Task Acknowledge_that_is_not_counted_is_found() =>
        MustNotCloseAsync(
            new RunPlan { Faults = new LoadFaults { ForgetsOneAcknowledge = true } }, "something is missing");

    [Fact]
    public Task Command_that_is_executed_again_is_found() =>
        MustNotCloseAsync(
            new RunPlan { Faults = new LoadFaults { ReplaysOneCommand = true } },
            "executed more or fewer",
            // Such as a DISCARD of what is unmapped by then.
            "mistakes of a guest that made none");

    [Fact]
    public Task Interrupt_that_is_lost_as_another_vm_takes_over_is_found() =>
        MustNotCloseAsync(
            new RunPlan
            {
                Successor = Successor.Restored,
                Faults = new LoadFaults { LosesOneAtTakeOver = true },
            },
            "something is missing",
            "left over in the accounts");

    private static async Task MustNotCloseAsync(RunPlan plan, params string[] reasons)
    {
        var figures = await LoadRun.ExecuteAsync(plan with { SaveCount = SaveCount, SenderCount = 4 }, _ => { });

        Assert.NotNull(figures.Mismatch);
        Assert.Contains(reasons, reason => figures.Mismatch.Contains(reason, StringComparison.Ordinal));
        Assert.InRange(figures.SaveCount, 1, SaveCount);
    }
}
