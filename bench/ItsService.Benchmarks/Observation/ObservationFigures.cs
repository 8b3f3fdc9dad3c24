using System.Buffers;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Benchmarks.Api;
using ItsService.Benchmarks.Reporting;
using ItsService.Core.Identifiers;
using ItsService.Protocol.V1;
using ItsService.Server;
using ItsService.Server.Machines;
using ItsService.Server.Msis;
using ItsService.Server.Msis.Injection;
using ItsService.Server.Operations;
using ItsService.Server.Telemetry;
using ItsService.Server.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Benchmarks.Observation;

/// <summary>
/// What it costs that the service measures itself: one event again and again, in batches of 256 through the gate of
/// its VM, in a service whose metrics are read against one that has nobody to tell; and single messages, which pay for
/// an entry each (<c>.single</c>). In turns, in one process.
/// </summary>
internal static class ObservationFigures
{
    private const string Key = "obs.cost";
    private const int BatchSize = 256;
    private const int TurnBatches = 400;
    private const int TurnCalls = 2000;
    private const int WarmUpTurns = 120;
    private const int TurnsToScrape = 50;

    // Where a VM lies in memory is worth some percent, too.
    private const int PairCount = 6;

    public static async IAsyncEnumerable<Figure> MeasureAsync(RunPlan plan)
    {
        if (!plan.Wants(Key))
        {
            yield break;
        }

        await using var measured = await InProcessService.StartAsync(options: InProcessService.MetricsOn);
        await using var silent = await InProcessService.StartAsync();
        var (with, without) = (new Sender[PairCount], new Sender[PairCount]);
        for (var pair = 0; pair < PairCount; pair++)
        {
            with[pair] = await Sender.BeginAsync(measured, isMeasured: true);
            without[pair] = await Sender.BeginAsync(silent, isMeasured: false);
        }

        using var reader = new HttpClient();
        var metrics = new Uri($"{measured.Services.GetRequiredService<ConsolePort>().Url}/metrics");
        async Task<IEnumerable<Figure>> TurnsAsync(string key, Func<Sender, double> measure)
        {
            var turns = plan.IsQuick ? 201 : 801;
            var (on, off) = (new double[turns], new double[turns]);
            for (var turn = -WarmUpTurns; turn < turns; turn++)
            {
                var pair = (turn + WarmUpTurns) % PairCount;
                var (one, other) = (measure(with[pair]), measure(without[pair]));
                if (turn >= 0)
                {
                    (on[turn], off[turn]) = (one, other);
                }

                if (turn % TurnsToScrape == 0)
                {
                    await reader.GetByteArrayAsync(metrics);
                }
            }

            return
            [
                Figure.MedianOf(key, "ratio", on.Zip(off, (one, other) => one / other)),
                Figure.MedianOf($"{key}.on", "ns", on),
                Figure.MedianOf($"{key}.off", "ns", off),
            ];
        }

        foreach (var figure in (IEnumerable<Figure>)
            [
                .. await TurnsAsync(Key, sender => sender.NanosecondsPerMessage()),
                .. await TurnsAsync($"{Key}.single", sender => sender.NanosecondsPerCall()),
            ])
        {
            yield return figure;
        }
    }

    private sealed class Sender(VmHost vm, InjectionStream stream)
    {
        private readonly InjectionAnswers _answers = new(tellsOutcomes: false);
        private ulong _sequence;

        public static async Task<Sender> BeginAsync(InProcessService service, bool isMeasured)
        {
            var guest = await ApiGuest.CreateAsync(service.Client);
            var instruments = service.Services.GetRequiredService<Instruments>();
            if (instruments.InjectionDuration.Enabled != isMeasured)
            {
                throw new InvalidOperationException("The two services do not differ in what they are to differ in.");
            }

            var vm = service.Services.GetRequiredService<VmRegistry>().Find(guest.Vm.Name.Value, "vm");
            var stream = new InjectionStream(vm, null!, null!, new ItsServerLimits());
            await vm.EnterAsync<BeginInjectionOperation, MsiAccount>(
                new BeginInjectionOperation(stream, new InjectMsisStart()), CancellationToken.None);
            return new Sender(vm, stream);
        }

        public double NanosecondsPerMessage()
        {
            var batches = new ReceivedInjection[TurnBatches];
            for (var index = 0; index < batches.Length; index++)
            {
                batches[index] = Batch(++_sequence);
            }

            var begin = Stopwatch.GetTimestamp();
            foreach (var batch in batches)
            {
                // As a stream sends it, but for the reading.
                var arrivedAt = vm.Telemetry.BeginInjection();
                var sending = vm.EnterRunningAsync<InjectBatchOperation, Done>(
                    new InjectBatchOperation(stream, batch, _answers, arrivedAt), CancellationToken.None, goesOn: true);
                if (!sending.IsCompletedSuccessfully)
                {
                    throw new InvalidOperationException("A batch had to wait.");
                }
            }

            var took = Stopwatch.GetElapsedTime(begin).TotalNanoseconds;
            _answers.TryTakeNext();
            Array.ForEach(batches, batch => batch.Dispose());
            return took / (TurnBatches * BatchSize);
        }

        public double NanosecondsPerCall()
        {
            var message = new MsiMessage(0, new DeviceId(ApiGuest.Device.Value), new EventId(0));
            var begin = Stopwatch.GetTimestamp();
            for (var call = 0; call < TurnCalls; call++)
            {
                // As SignalMsi does it, but for the reading.
                var sending = vm.EnterRunningAsync<SignalMsiOperation, SignalMsiResponse>(
                    new SignalMsiOperation(message, vm.Telemetry.BeginInjection()), CancellationToken.None);
                if (!sending.IsCompletedSuccessfully)
                {
                    throw new InvalidOperationException("A message had to wait.");
                }
            }

            return Stopwatch.GetElapsedTime(begin).TotalNanoseconds / TurnCalls;
        }

        private static ReceivedInjection Batch(ulong sequence)
        {
            var records = new byte[BatchSize * MsiRecords.SizeBytes];
            for (var offset = 0; offset < records.Length; offset += MsiRecords.SizeBytes)
            {
                // Event 0 of the guest's device, little-endian.
                records[offset] = (byte)ApiGuest.Device.Value;
            }

            return ReceivedInjection.From(new Payload(new InjectMsisRequest
            {
                Batch = new MsiBatch { Sequence = sequence, Records = UnsafeByteOperations.UnsafeWrap(records) },
            }.ToByteArray()));
        }
    }

    private sealed class Payload(byte[] bytes) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => [.. bytes];

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(bytes);
    }
}
