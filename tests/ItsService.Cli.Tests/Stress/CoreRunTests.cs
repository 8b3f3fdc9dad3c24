using System.Buffers.Binary;
using ItsService.Cli.Stress;
using ItsService.Core.Identifiers;
using ItsService.Core.Submissions;

namespace ItsService.Cli.Tests.Stress;

/// <summary>`itsctl stress --path core` where something is not as it should be: the account stays open.</summary>
public sealed class CoreRunTests
{
    private static readonly StressShape Shape = new(
        Vcpus: 1, Devices: 1, Events: 2, Iterations: 3, Coalesces: true);

    private readonly StressLedger _ledger = new(Shape);

    [Fact]
    public void Interrupt_that_nobody_has_sent_leaves_the_account_open()
    {
        var run = new CoreRun(Shape, _ledger);
        run.Gic.SignalMsi(0, new DeviceId(0), new EventId(1));

        // It is taken, and the first message coalesces with it.
        var lines = Told(run, ExitCode.CheckFailed);

        Assert.Equal(
            [
                "account       5 were pended, and 6 acknowledged",
                "account       LPI 8193 was pended 2 times, and acknowledged 3 times",
                "account NOT closed",
            ],
            lines.Where(line => line.StartsWith("account", StringComparison.Ordinal)));
        Assert.Contains("coalesced     1", lines);
    }

    [Fact]
    public void Message_that_is_dropped_leaves_the_account_open()
    {
        var run = new CoreRun(Shape, _ledger);
        Discard(run, eventId: 1);

        var lines = Told(run, ExitCode.CheckFailed);

        Assert.Equal(
            ["account       3 were dropped, and everything is mapped", "account NOT closed"],
            lines.Where(line => line.StartsWith("account", StringComparison.Ordinal)));
        Assert.Contains("dropped       3", lines);
        Assert.Contains("pended        3", lines);
    }

    [Fact]
    public void Account_closes_where_nobody_has_meddled()
    {
        var lines = Told(new CoreRun(Shape, _ledger), ExitCode.Success);

        Assert.Equal("account closed", lines[^1]);
    }

    private List<string> Told(CoreRun run, int exitCode)
    {
        var (sending, all) = run.Run(_ => { }, TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        var report = new StressReport("core", Shape, _ledger, sending, all);

        Assert.Equal(exitCode, report.Tell(output, asJson: false));

        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static void Discard(CoreRun run, uint eventId)
    {
        var slot = new byte[32];
        slot[0] = 0x0F;
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(8), eventId);
        var submission = new CommandSubmission(slot);
        run.Gic.Submit(0, submission);
        Assert.True(submission.IsEnded);
    }
}
