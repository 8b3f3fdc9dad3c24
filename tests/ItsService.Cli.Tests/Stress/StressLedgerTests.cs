using System.Diagnostics;
using ItsService.Cli.Stress;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Stress;

/// <summary>An account closes when everything fits, and tells what does not.</summary>
public sealed class StressLedgerTests
{
    private static readonly StressShape Shape = new(Vcpus: 2, Devices: 1, Events: 2, Iterations: 2, Coalesces: true);

    [Fact]
    public void Account_in_which_everything_fits_closes()
    {
        Assert.Empty(Filled(acknowledged: [(8192, 0), (8193, 1)]).Problems());
    }

    [Theory]
    [InlineData("2 were pended, and 1 acknowledged", 8192u, 0)]
    [InlineData("LPI 8192 was pended 1 times, and acknowledged 2 times", 8192u, 0, 8192u, 0)]
    [InlineData("1 INTIDs were acknowledged that are not the vCPU's", 8192u, 0, 8193u, 1, 8193u, 0)]
    [InlineData("1 INTIDs were acknowledged that are not the vCPU's", 8192u, 0, 8193u, 1, 8194u, 0)]
    [InlineData("2 were pended, and 3 acknowledged", 8192u, 0, 8193u, 1, 8192u, 0)]
    public void Interrupt_that_is_missing_or_too_many_or_somewhere_else_is_told(string problem, params object[] taken)
    {
        var ledger = Filled([.. taken.Chunk(2).Select(pair => ((uint)pair[0], (int)pair[1]))]);

        Assert.Contains(problem, ledger.Problems());
    }

    [Fact]
    public void Message_that_was_dropped_or_not_sent_is_told()
    {
        var ledger = new StressLedger(Shape);
        Send(ledger, 0, MsiOutcome.DroppedEventUnmapped);

        Assert.Equal(
            ["1 of 4 messages were sent", "1 were dropped, and everything is mapped"], ledger.Problems());
    }

    [Fact]
    public void Message_that_coalesces_where_none_may_is_told()
    {
        var ledger = new StressLedger(Shape with { Coalesces = false, Iterations = 1 });
        Send(ledger, 0, MsiOutcome.Pended);
        Send(ledger, 0, MsiOutcome.Coalesced);
        ledger.NoteAcknowledged(8192, 0);

        Assert.Equal(["1 were coalesced with one outstanding for each event"], ledger.Problems());
    }

    [Fact]
    public void Percentiles_are_those_of_what_was_added_within_a_sixtieth()
    {
        var histogram = new LatencyHistogram();
        for (var value = 1; value <= 100_000; value++)
        {
            histogram.Add(value);
        }

        Assert.Equal((100_000, 100_000), (histogram.Count, histogram.Max));
        foreach (var part in new[] { 0.001, 0.5, 0.99, 0.999, 1 })
        {
            var exact = part * 100_000;
            Assert.InRange(histogram.At(part), exact, exact * (1 + (1.0 / 60)));
        }

        histogram.Add(long.MaxValue);
        Assert.Equal(long.MaxValue, histogram.At(1));
        Assert.Equal(0, new LatencyHistogram().At(0.5));
    }

    private static StressLedger Filled((uint IntId, int Vcpu)[] acknowledged)
    {
        var ledger = new StressLedger(Shape);
        Send(ledger, 0, MsiOutcome.Pended);
        Send(ledger, 1, MsiOutcome.Pended);
        Send(ledger, 0, MsiOutcome.Coalesced);
        Send(ledger, 1, MsiOutcome.Coalesced);
        foreach (var (intId, vcpu) in acknowledged)
        {
            ledger.NoteAcknowledged(intId, vcpu);
        }

        return ledger;
    }

    private static void Send(StressLedger ledger, int index, MsiOutcome outcome)
    {
        var now = Stopwatch.GetTimestamp();
        ledger.NoteSending(index, now);
        ledger.NoteOutcome(index, outcome, now);
    }
}
