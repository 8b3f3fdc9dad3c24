using System.Diagnostics;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Stress;

/// <summary>
/// The account of one run, kept by who sends and who takes, and by nobody else: what was sent is pended, coalesced or
/// dropped, and what was pended is acknowledged, LPI by LPI. Any thread may note.
/// </summary>
internal sealed class StressLedger(StressShape shape)
{
    /// <summary>What has not come by then does not come.</summary>
    public static readonly TimeSpan QuietMax = TimeSpan.FromSeconds(10);

    private readonly LpiPairs[] _lpis = PairsOf(shape.LpiCount);
    private readonly SemaphoreSlim[] _overByDevice =
        [.. Enumerable.Range(0, shape.Devices).Select(_ => new SemaphoreSlim(0))];

    private long _sent;
    private long _pended;
    private long _coalesced;
    private long _dropped;
    private long _acknowledged;
    private long _strange;

    public long Sent => Interlocked.Read(ref _sent);

    public long Pended => Interlocked.Read(ref _pended);

    public long Coalesced => Interlocked.Read(ref _coalesced);

    public long Dropped => Interlocked.Read(ref _dropped);

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>From the sending of a message to the word that its LPI is pending.</summary>
    public LatencyHistogram ToPending { get; } = new();

    /// <summary>From the sending of a message that made its LPI pending to the acknowledge that took it.</summary>
    public LatencyHistogram ToAcknowledge { get; } = new();

    /// <summary>Messages are about to be sent.</summary>
    public void NoteSending(int count = 1) => Interlocked.Add(ref _sent, count);

    /// <summary>What became of a message.</summary>
    public void NoteOutcome(int index, MsiOutcome outcome, long startedAt)
    {
        switch (outcome)
        {
            case MsiOutcome.Pended:
                Interlocked.Increment(ref _pended);
                ToPending.Add(Nanoseconds(Stopwatch.GetTimestamp() - startedAt));
                NotePair(_lpis[index].NotePended(startedAt));
                break;
            case MsiOutcome.Coalesced:
                Interlocked.Increment(ref _coalesced);
                LetSend(index);
                break;
            default:
                Interlocked.Increment(ref _dropped);
                LetSend(index);
                break;
        }
    }

    /// <summary>An INTID was acknowledged at a vCPU.</summary>
    public void NoteAcknowledged(uint intId, int vcpu)
    {
        var now = Stopwatch.GetTimestamp();
        var index = (long)intId - StressShape.FirstLpi;
        if (index < 0 || index >= shape.LpiCount || shape.VcpuOf((int)index) != vcpu)
        {
            Interlocked.Increment(ref _strange);
            return;
        }

        NotePair(_lpis[index].NoteAcknowledged(now));
        Interlocked.Increment(ref _acknowledged);
        LetSend((int)index);
    }

    /// <summary>
    /// Waits until so many of a device's messages are over, beyond those waited for before: acknowledged, or come to
    /// nothing. False where one is not in ten seconds, and so never.
    /// </summary>
    public async Task<bool> UntilOverAsync(int device, int count, CancellationToken cancellationToken)
    {
        for (var left = count; left > 0; left--)
        {
            if (!await _overByDevice[device].WaitAsync(QuietMax, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What does not fit, a sentence for each; none where the account closes.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Check(Sent == shape.MessageCount, $"{Sent} of {shape.MessageCount} messages were sent");
        Check(
            Sent == Pended + Coalesced + Dropped,
            $"{Sent} sent is not {Pended} pended, {Coalesced} coalesced and {Dropped} dropped");
        Check(Dropped == 0, $"{Dropped} were dropped, and everything is mapped");
        Check(Acknowledged == Pended, $"{Pended} were pended, and {Acknowledged} acknowledged");
        Check(_strange == 0, $"{_strange} INTIDs were acknowledged that are not the vCPU's");
        Check(shape.Coalesces || Coalesced == 0, $"{Coalesced} were coalesced with one outstanding for each event");
        if (Enumerable.Range(0, shape.LpiCount).FirstOrDefault(IsUneven, -1) is >= 0 and var index)
        {
            problems.Add(
                $"LPI {StressShape.FirstLpi + index} was pended {_lpis[index].Pended} times, and acknowledged"
                + $" {_lpis[index].Acknowledged} times");
        }

        var unpaired = _lpis.Sum(lpi => lpi.Unpaired);
        Check(unpaired == 0, $"{unpaired} have no latency: too many waited for their acknowledge, or their outcome");

        return problems;

        void Check(bool isSo, string problem)
        {
            if (!isSo)
            {
                problems.Add(problem);
            }
        }
    }

    private static LpiPairs[] PairsOf(int lpiCount)
    {
        var room = new WaitingRoom();
        return [.. Enumerable.Range(0, lpiCount).Select(_ => new LpiPairs(room))];
    }

    private void LetSend(int index)
    {
        if (!shape.Coalesces)
        {
            _overByDevice[index / shape.Events].Release();
        }
    }

    private bool IsUneven(int index) => _lpis[index].Pended != _lpis[index].Acknowledged;

    private void NotePair(long? ticks)
    {
        if (ticks is { } present)
        {
            ToAcknowledge.Add(Nanoseconds(present));
        }
    }

    private static long Nanoseconds(long ticks) => (long)Stopwatch.GetElapsedTime(0, ticks).TotalNanoseconds;
}
