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
    public void Acknowledge_is_paired_with_the_message_that_made_the_LPI_pending()
    {
        var pairs = new LpiPairs(new WaitingRoom());

        // The outcome, and the acknowledge, are noted in either order.
        Assert.Null(pairs.NotePended(100));
        Assert.Equal(50, pairs.NoteAcknowledged(150));
        Assert.Null(pairs.NoteAcknowledged(270));
        Assert.Null(pairs.NoteAcknowledged(390));
        Assert.Equal(70, pairs.NotePended(200));
        Assert.Equal(90, pairs.NotePended(300));
        Assert.Null(pairs.NotePended(400));

        Assert.Equal((4, 3, 0), (pairs.Pended, pairs.Acknowledged, pairs.Unpaired));
    }

    [Fact]
    public void So_many_wait_for_their_other_half_and_no_more()
    {
        var room = new WaitingRoom(2);
        var pairs = new LpiPairs(room);
        var others = new LpiPairs(room);

        // One of each LPI needs no room.
        for (var count = 0; count < 4; count++)
        {
            pairs.NoteAcknowledged(count);
        }

        others.NotePended(0);
        others.NotePended(1);
        Assert.Equal((1, 1), (pairs.Unpaired, others.Unpaired));

        // Who leaves makes room.
        pairs.NotePended(0);
        others.NotePended(2);
        Assert.Equal(1, others.Unpaired);
    }

    [Fact]
    public void Each_interrupt_has_a_latency_from_the_message_that_caused_it()
    {
        var ledger = new StressLedger(Shape);
        var now = Stopwatch.GetTimestamp();
        var longAgo = now - (10 * Stopwatch.Frequency);
        var laterOn = now - (5 * Stopwatch.Frequency);

        // Taken before its outcome is known; the message after it coalesces with nothing that is left.
        ledger.NoteSending(4);
        ledger.NoteAcknowledged(8192, 0);
        ledger.NoteOutcome(0, MsiOutcome.Pended, longAgo);
        ledger.NoteOutcome(1, MsiOutcome.Pended, laterOn);
        ledger.NoteOutcome(1, MsiOutcome.Coalesced, now);
        ledger.NoteAcknowledged(8193, 1);
        ledger.NoteOutcome(0, MsiOutcome.Coalesced, now);

        Assert.Empty(ledger.Problems());
        Assert.Equal(2, ledger.ToAcknowledge.Count);
        Assert.InRange(ledger.ToAcknowledge.Max, 10_000_000_000, 20_000_000_000);
        Assert.InRange(ledger.ToAcknowledge.At(0.5), 5_000_000_000, 9_000_000_000);
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
        ledger.NoteSending();
        ledger.NoteOutcome(index, outcome, now);
    }
}
