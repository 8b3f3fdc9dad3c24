using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using ItsService.Server.Msis.Injection;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Telemetry;
using ItsService.Server.Wire;

namespace ItsService.Server.Tests.Injection;

/// <summary>Records are read where they have come in: what a batch allocates does not grow with them.</summary>
public class InjectBatchAllocationTests
{
    private const int WarmUpBatches = 200;
    private const int Batches = 100;

    [Fact]
    public async Task Batch_of_thousands_allocates_what_a_batch_of_one_does()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await MetricsTests.MappedAsync(server, "guest");
        var host = server.Host(guest.Name);
        using var stream = new InjectionStream(host, null!, null!, new ItsServerLimits());
        await host.EnterAsync<BeginInjectionOperation, MsiAccount>(
            new BeginInjectionOperation(stream, new InjectMsisStart()), TestContext.Current.CancellationToken);
        var answers = new InjectionAnswers(tellsOutcomes: false);
        var sequence = 0UL;

        var one = Allocated(recordCount: 1);
        var many = Allocated(recordCount: 8192);

        // A buffer of the pool that is rented anew now and then is all that may be between them.
        Assert.InRange(many - one, -64 * Batches, 64 * Batches);

        long Allocated(int recordCount)
        {
            var messages = new Payload[WarmUpBatches + Batches];
            for (var index = 0; index < messages.Length; index++)
            {
                messages[index] = new Payload(new InjectMsisRequest
                {
                    Batch = new MsiBatch
                    {
                        Sequence = ++sequence,
                        Records = SenderStream.Records(Enumerable.Repeat((1u, 0u), recordCount)),
                    },
                }.ToByteArray());
            }

            foreach (var message in messages.AsSpan(0, WarmUpBatches))
            {
                Send(message);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var message in messages.AsSpan(WarmUpBatches))
            {
                Send(message);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Send(Payload message)
        {
            using var batch = ReceivedInjection.From(message);
            var sending = host.EnterRunningAsync<InjectBatchOperation, Done>(
                new InjectBatchOperation(stream, batch, answers, arrivedAt: 0), CancellationToken.None, goesOn: true);
            Assert.True(sending.IsCompletedSuccessfully, "a batch had to wait");
            answers.TryTakeNext();
        }
    }

    private sealed class Payload(byte[] bytes) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => [.. bytes];

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(bytes);
    }
}
