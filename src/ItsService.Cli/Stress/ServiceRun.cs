using System.Diagnostics;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Stress;

/// <summary>Sends to a VM of the service, each device for itself, while the vCPUs take what comes.</summary>
internal sealed class ServiceRun(ItsClient client, StressShape shape, StressLedger ledger)
{
    private const int BatchMax = 256;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(2);
    private static readonly ItsIndex Its = new(0);

    /// <summary>Runs, and tells how long the sending has taken, and all of it.</summary>
    /// <param name="byStream">Whether the messages go on streams, or each in a call of its own.</param>
    /// <param name="progress">Is told how many messages are sent, in thousands.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(TimeSpan Sending, TimeSpan All)> RunAsync(
        bool byStream, Action<int> progress, CancellationToken cancellationToken)
    {
        var vm = await StressVm.CreateAsync(client, shape, cancellationToken);
        (TimeSpan Sending, TimeSpan All) times;
        try
        {
            times = await RunAsync(vm, byStream, progress, cancellationToken);
        }
        catch
        {
            await vm.AbandonAsync();
            throw;
        }

        await vm.DeleteAsync();
        return times;
    }

    private async Task<(TimeSpan Sending, TimeSpan All)> RunAsync(
        StressVm vm, bool byStream, Action<int> progress, CancellationToken cancellationToken)
    {
        var (sent, all) = (TimeSpan.Zero, TimeSpan.Zero);
        var takers = new VcpuTakers(vm, shape, ledger);
        var startedAt = Stopwatch.GetTimestamp();
        await FirstFailure.EndsAllAsync(
            [
                takers.RunAsync,
                async token =>
                {
                    await SendAllAsync(vm.Handle, byStream, progress, token);
                    sent = Stopwatch.GetElapsedTime(startedAt);
                    await UntilAllTakenAsync(token);
                    all = Stopwatch.GetElapsedTime(startedAt);
                    takers.End();
                },
            ],
            cancellationToken);
        return (sent, all);
    }

    private async Task SendAllAsync(
        VmHandle vm, bool byStream, Action<int> progress, CancellationToken cancellationToken)
    {
        var senders = Enumerable.Range(0, shape.Devices).Select<int, Func<CancellationToken, Task>>(device => byStream
            ? token => StreamAsync(vm, device, token)
            : token => CallAsync(vm, device, token));
        var sending = FirstFailure.EndsAllAsync(senders, cancellationToken);
        while (await Task.WhenAny(sending, Task.Delay(100, CancellationToken.None)) != sending)
        {
            progress((int)(ledger.Sent / 1000));
        }

        await sending;
    }

    private async Task CallAsync(VmHandle vm, int device, CancellationToken cancellationToken)
    {
        for (var iteration = 0; iteration < shape.Iterations; iteration++)
        {
            for (var eventId = 0; eventId < shape.Events; eventId++)
            {
                var index = shape.IndexOf(device, eventId);
                var startedAt = Stopwatch.GetTimestamp();
                ledger.NoteSending();
                var answer = await vm.SignalMsiAsync(
                    Its, new DeviceId((uint)device), new EventId((uint)eventId), cancellationToken);
                ledger.NoteOutcome(index, answer.Result.Outcome, startedAt);
            }

            if (!await MaySendAgainAsync(device, shape.Events, cancellationToken))
            {
                return;
            }
        }
    }

    private async Task StreamAsync(VmHandle vm, int device, CancellationToken cancellationToken)
    {
        var sentAt = new Dictionary<ulong, (long StartedAt, MsiRecord[] Records)>();
        var options = new MsiInjectorOptions
        {
            OutcomesTold = (sequence, outcomes) => Note(device, Take(sentAt, sequence), outcomes),
        };
        await using var stream = await vm.InjectMsisAsync(options, cancellationToken);
        foreach (var (records, isLast) in Batches(device))
        {
            var startedAt = Stopwatch.GetTimestamp();
            ledger.NoteSending(records.Length);
            lock (sentAt)
            {
                sentAt.Add(stream.LastSent + 1, (startedAt, records));
            }

            await stream.SendAsync(Its, records, moreFollows: shape.Coalesces && !isLast, cancellationToken);
            if (!await MaySendAgainAsync(device, records.Length, cancellationToken))
            {
                break;
            }
        }

        await stream.CompleteAsync().WaitAsync(cancellationToken);
    }

    // With one message outstanding for each event, a batch is one iteration at most.
    private IEnumerable<(MsiRecord[] Records, bool IsLast)> Batches(int device)
    {
        var batchMax = shape.Coalesces ? BatchMax : Math.Min(BatchMax, shape.Events);
        var total = (long)shape.Iterations * shape.Events;
        for (var done = 0L; done < total;)
        {
            var untilWhole = shape.Coalesces ? total - done : shape.Events - (done % shape.Events);
            var batch = new MsiRecord[Math.Min(batchMax, untilWhole)];
            for (var number = 0; number < batch.Length; number++)
            {
                batch[number] = new MsiRecord(
                    new DeviceId((uint)device), new EventId((uint)((done + number) % shape.Events)));
            }

            done += batch.Length;
            yield return (batch, done == total);
        }
    }

    private void Note(int device, (long StartedAt, MsiRecord[] Records) batch, IReadOnlyList<MsiOutcome> outcomes)
    {
        for (var number = 0; number < outcomes.Count; number++)
        {
            var index = shape.IndexOf(device, (int)batch.Records[number].Event.Value);
            ledger.NoteOutcome(index, outcomes[number], batch.StartedAt);
        }
    }

    private static (long StartedAt, MsiRecord[] Records) Take(
        Dictionary<ulong, (long StartedAt, MsiRecord[] Records)> sentAt, ulong sequence)
    {
        lock (sentAt)
        {
            return sentAt.Remove(sequence, out var batch) ? batch : default;
        }
    }

    private async ValueTask<bool> MaySendAgainAsync(int device, int count, CancellationToken cancellationToken) =>
        shape.Coalesces || await ledger.UntilOverAsync(device, count, cancellationToken);

    // What does not come in ten seconds does not come, and the account says so.
    private async Task UntilAllTakenAsync(CancellationToken cancellationToken)
    {
        var (last, since) = (ledger.Acknowledged, Stopwatch.GetTimestamp());
        while (ledger.Acknowledged < ledger.Pended && Stopwatch.GetElapsedTime(since) < StressLedger.QuietMax)
        {
            await Task.Delay(LookAgain, cancellationToken);
            (last, since) = ledger.Acknowledged == last
                ? (last, since)
                : (ledger.Acknowledged, Stopwatch.GetTimestamp());
        }
    }
}
