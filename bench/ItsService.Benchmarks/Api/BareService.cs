using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Api;

/// <summary>The methods, as the gRPC library looks for them.</summary>
[BindServiceMethod(typeof(BareService), nameof(BareService.BindService))]
internal abstract class BareServiceBase
{
    /// <summary>Answers a message with what one that is coalesced is answered with.</summary>
    public abstract Task<SignalMsiResponse> SignalMsi(SignalMsiRequest request, ServerCallContext context);

    /// <summary>Takes bytes into nothing, and answers with how many messages they were in.</summary>
    public abstract Task InjectMsis(
        IAsyncStreamReader<BareBatch> requestStream,
        IServerStreamWriter<InjectMsisResponse> responseStream,
        ServerCallContext context);
}

/// <summary>A message whose bytes nobody looks at.</summary>
internal sealed class BareBatch
{
    public static BareBatch Instance { get; } = new();
}

/// <summary>
/// What calls cost that do nothing: messages of the same shapes and sizes, in the same server, over the same socket.
/// </summary>
internal sealed class BareService : BareServiceBase
{
    private const string ServiceName = "bench.Bare";

    private static readonly SignalMsiResult Coalesced = new()
    {
        Outcome = MsiOutcome.Coalesced,
        KvmReturn = 1,
        IntId = 8192,
        Vcpu = 0,
    };

    /// <summary>The unary call.</summary>
    public static Method<SignalMsiRequest, SignalMsiResponse> Unary { get; } = new(
        MethodType.Unary, ServiceName, nameof(SignalMsi), Of(SignalMsiRequest.Parser), Of(SignalMsiResponse.Parser));

    /// <summary>The stream.</summary>
    public static Method<BareBatch, InjectMsisResponse> Stream { get; } = new(
        MethodType.DuplexStreaming, ServiceName, nameof(InjectMsis),
        Marshallers.Create(
            (BareBatch _, SerializationContext _) => throw new NotSupportedException("A server sends no requests."),
            _ => BareBatch.Instance),
        Of(InjectMsisResponse.Parser));

    public static void BindService(ServiceBinderBase binder, BareServiceBase? service)
    {
        _ = service;
        binder.AddMethod(Unary, (UnaryServerMethod<SignalMsiRequest, SignalMsiResponse>?)null);
        binder.AddMethod(Stream, (DuplexStreamingServerMethod<BareBatch, InjectMsisResponse>?)null);
    }

    public override Task<SignalMsiResponse> SignalMsi(SignalMsiRequest request, ServerCallContext context) =>
        Task.FromResult(new SignalMsiResponse { Result = Coalesced });

    public override async Task InjectMsis(
        IAsyncStreamReader<BareBatch> requestStream,
        IServerStreamWriter<InjectMsisResponse> responseStream,
        ServerCallContext context)
    {
        var count = 0UL;
        using var ended = new CancellationTokenSource();
        var answering = AnswerAsync();
        while (await requestStream.MoveNext(CancellationToken.None))
        {
            Interlocked.Increment(ref count);
        }

        await ended.CancelAsync();
        await answering;

        // Each millisecond, as the stream of messages is answered when it is never quiet.
        async Task AnswerAsync()
        {
            while (!ended.IsCancellationRequested)
            {
                await Task.Delay(1, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await responseStream.WriteAsync(new InjectMsisResponse { Sequence = Interlocked.Read(ref count) });
            }
        }
    }

    private static Marshaller<T> Of<T>(Google.Protobuf.MessageParser<T> parser)
        where T : class, Google.Protobuf.IMessage<T>, Google.Protobuf.IBufferMessage => Marshallers.Create<T>(
            (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                Google.Protobuf.MessageExtensions.WriteTo(message, context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
