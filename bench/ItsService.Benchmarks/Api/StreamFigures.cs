using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using ItsService.Benchmarks.Reporting;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Client.Wire;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Api;

/// <summary>
/// Batches of 256 messages on a stream, against a stream of the same bytes that does nothing, in turns. Open loop: a
/// fixed number of messages a second, each batch measured from when it was due to when its answer was read. Nobody
/// takes an interrupt: all but the first 256 messages find their LPI pending, and coalesce.
/// </summary>
internal static class StreamFigures
{
    private const int BatchSize = 256;
    private const int OfferedBatchesPerSecond = 4000;
    private const uint AnswerDelayMs = 1;

    private static readonly Method<EncodedInjection.Holder, InjectMsisResponse> Bare = new(
        MethodType.DuplexStreaming, BareService.Stream.ServiceName, BareService.Stream.Name,
        EncodedInjection.Method.RequestMarshaller, EncodedInjection.Method.ResponseMarshaller);

    public static async Task<IEnumerable<Figure>> MeasureAsync(GrpcChannel channel, ApiGuest guest, RunPlan plan)
    {
        var invoker = channel.CreateCallInvoker();
        var records = Records();
        var batchCount = plan.IsQuick ? 20_000 : 60_000;
        var real = new List<double>();
        var bare = new List<double>();
        for (var turn = 0; turn < (plan.IsQuick ? 3 : 6); turn++)
        {
            // The first turn warms up, and does not count.
            var (with, without) = (
                await RateAsync(invoker, EncodedInjection.Method, guest, records, batchCount),
                await RateAsync(invoker, Bare, guest, records, batchCount));
            if (turn > 0)
            {
                real.Add(with);
                bare.Add(without);
            }
        }

        var duration = TimeSpan.FromSeconds(plan.IsQuick ? 1 : 4);
        var offered = await OfferAsync(invoker, EncodedInjection.Method, guest, records, duration);
        var offeredBare = await OfferAsync(invoker, Bare, guest, records, duration);
        return
        [
            Figure.MedianOf("api.stream", "per_s", real),
            Figure.MedianOf("api.stream.bare", "per_s", bare),
            Figure.MedianOf("api.stream.ratio", "ratio", real.Zip(bare, (with, without) => with / without)),
            new Figure("api.stream.open", Percentiles.At(offered, 0.5), "ns", offered.Count),
            new Figure("api.stream.open.p99", Percentiles.At(offered, 0.99), "ns", offered.Count),
            new Figure("api.stream.open.bare", Percentiles.At(offeredBare, 0.5), "ns", offeredBare.Count),
            new Figure("api.stream.open.bare.p99", Percentiles.At(offeredBare, 0.99), "ns", offeredBare.Count),
        ];
    }

    private static MsiRecord[] Records() =>
    [
        .. Enumerable.Range(0, BatchSize).Select(
            number => new MsiRecord(ApiGuest.Device, new EventId((uint)number % ApiGuest.EventCount))),
    ];

    /// <summary>Messages a second, until the last answer.</summary>
    private static async Task<double> RateAsync(
        CallInvoker invoker, Method<EncodedInjection.Holder, InjectMsisResponse> method, ApiGuest guest,
        MsiRecord[] records, int batchCount)
    {
        using var call = await BeginAsync(invoker, method, guest, AnswerDelayMs);
        var reading = ReadUntilAsync(call, (ulong)batchCount, _ => { });
        var holder = new EncodedInjection.Holder();
        var startedAt = Stopwatch.GetTimestamp();
        for (var batch = 1; batch <= batchCount; batch++)
        {
            holder.Message = new EncodedInjection((ulong)batch, 0, records);
            holder.MoreFollows = batch < batchCount;
            await call.RequestStream.WriteAsync(holder);
        }

        await call.RequestStream.CompleteAsync();
        await reading;
        return batchCount * (double)BatchSize / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private static async Task<List<double>> OfferAsync(
        CallInvoker invoker, Method<EncodedInjection.Holder, InjectMsisResponse> method, ApiGuest guest,
        MsiRecord[] records, TimeSpan duration)
    {
        var count = (int)(OfferedBatchesPerSecond * duration.TotalSeconds);
        var took = new List<double>(count);
        var begin = Stopwatch.GetTimestamp();
        long DueAt(int batch) => begin + (long)((double)batch / OfferedBatchesPerSecond * Stopwatch.Frequency);
        using var call = await BeginAsync(invoker, method, guest, answerDelayMs: 0);
        var reading = ReadUntilAsync(call, (ulong)count, sequence =>
        {
            while (took.Count < (int)sequence)
            {
                took.Add(Stopwatch.GetElapsedTime(DueAt(took.Count)).TotalNanoseconds);
            }
        });
        var holder = new EncodedInjection.Holder();
        begin = Stopwatch.GetTimestamp();
        for (var batch = 0; batch < count; batch++)
        {
            await OpenLoop.UntilAsync(DueAt(batch));
            holder.Message = new EncodedInjection((ulong)batch + 1, 0, records);
            await call.RequestStream.WriteAsync(holder);
        }

        await call.RequestStream.CompleteAsync();
        await reading;
        return took;
    }

    private static async Task<AsyncDuplexStreamingCall<EncodedInjection.Holder, InjectMsisResponse>> BeginAsync(
        CallInvoker invoker, Method<EncodedInjection.Holder, InjectMsisResponse> method, ApiGuest guest,
        uint answerDelayMs)
    {
        var headers = answerDelayMs > 0 ? new Metadata { { BareService.AnswerDelay, "1" } } : [];
        var call = invoker.AsyncDuplexStreamingCall(method, null, new CallOptions(headers));
        if (method == EncodedInjection.Method)
        {
            var start = new InjectMsisStart { Vm = guest.Vm.Name.Value, AnswerDelayMs = answerDelayMs };
            await call.RequestStream.WriteAsync(
                new EncodedInjection.Holder { Message = new EncodedInjection(start) });
        }

        return call;
    }

    private static async Task ReadUntilAsync(
        AsyncDuplexStreamingCall<EncodedInjection.Holder, InjectMsisResponse> call, ulong last, Action<ulong> note)
    {
        var sequence = 0UL;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            sequence = call.ResponseStream.Current.Sequence;
            note(sequence);
        }

        if (sequence != last)
        {
            throw new InvalidOperationException($"{sequence} of {last} batches were taken.");
        }
    }
}
