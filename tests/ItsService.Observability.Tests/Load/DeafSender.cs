using Google.Protobuf;
using Grpc.Net.Client;
using ItsService.Client;
using ItsService.Observability.Tests.Hosting;
using ItsService.Protocol.V1;

namespace ItsService.Observability.Tests.Load;

/// <summary>Somebody who wants to be told what became of each message, and reads nothing of it.</summary>
internal static class DeafSender
{
    private const int RecordBytes = 8;
    private const int BatchRecords = 8192;

    /// <summary>Sends until it is held up, and then waits for its end.</summary>
    public static async Task SendAsync(ObservedService service, VmHandle vm, CancellationToken ending)
    {
        using var channel = GrpcChannel.ForAddress(service.Url);
        using var call = new Interrupts.InterruptsClient(channel).InjectMsis(cancellationToken: ending);
        await call.RequestStream.WriteAsync(
            new InjectMsisRequest { Start = new InjectMsisStart { Vm = vm.Name.Value, TellOutcomes = true } }, ending);

        // Of no device: they are dropped, each with a reason.
        var records = UnsafeByteOperations.UnsafeWrap(new byte[BatchRecords * RecordBytes]);
        for (var sequence = 1UL; ; sequence++)
        {
            await call.RequestStream.WriteAsync(
                new InjectMsisRequest { Batch = new MsiBatch { Sequence = sequence, Records = records } }, ending);
        }
    }
}
