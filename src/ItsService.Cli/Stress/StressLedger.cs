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

    // When an LPI was first sent that nobody has acknowledged since; 0 for none.
    private readonly long[] _sentAt = new long[shape.LpiCount];
    private readonly long[] _pendedByLpi = new long[shape.LpiCount];
    private readonly long[] _acknowledgedByLpi = new long[shape.LpiCount];
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

    /// <summary>From the first message that nobody has acknowledged to the acknowledge.</summary>
    public LatencyHistogram ToAcknowledge { get; } = new();

    /// <summary>A message is about to be sent.</summary>
    public void NoteSending(int index, long now)
    {
        Interlocked.Increment(ref _sent);
        Interlocked.CompareExchange(ref _sentAt[index], now, 0);
    }

    /// <summary>What became of a message.</summary>
    public void NoteOutcome(int index, MsiOutcome outcome, long startedAt)
    {
        switch (outcome)
        {
            case MsiOutcome.Pended:
                Interlocked.Increment(ref _pended);
                Interlocked.Increment(ref _pendedByLpi[index]);
                ToPending.Add(NanosecondsSince(startedAt));
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
        var index = (long)intId - StressShape.FirstLpi;
        if (index < 0 || index >= shape.LpiCount || shape.VcpuOf((int)index) != vcpu)
        {
            Interlocked.Increment(ref _strange);
            return;
        }

        if (Interlocked.Exchange(ref _sentAt[index], 0) is > 0 and var sentAt)
        {
            ToAcknowledge.Add(NanosecondsSince(sentAt));
        }

        Interlocked.Increment(ref _acknowledgedByLpi[index]);
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
                $"LPI {StressShape.FirstLpi + index} was pended {_pendedByLpi[index]} times, and acknowledged"
                + $" {_acknowledgedByLpi[index]} times");
        }

        return problems;

        void Check(bool isSo, string problem)
        {
            if (!isSo)
            {
                problems.Add(problem);
            }
        }
    }

    private void LetSend(int index)
    {
        if (!shape.Coalesces)
        {
            _overByDevice[index / shape.Events].Release();
        }
    }

    private bool IsUneven(int index) => _pendedByLpi[index] != _acknowledgedByLpi[index];

    private static long NanosecondsSince(long startedAt) =>
        (long)Stopwatch.GetElapsedTime(startedAt).TotalNanoseconds;
}
