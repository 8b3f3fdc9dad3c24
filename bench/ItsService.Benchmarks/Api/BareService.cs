using System.Threading.Channels;
using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Api;

/// <summary>The methods, as the gRPC library looks for them.</summary>
[BindServiceMethod(typeof(BareService), nameof(BareService.BindService))]
internal abstract class BareServiceBase
{
    /// <summary>Answers a message with what one that is coalesced is answered with.</summary>
    public abstract Task<SignalMsiResponse> SignalMsi(SignalMsiRequest request, ServerCallContext context);

    /// <summary>
    /// Takes bytes into nothing, and answers with how many messages they were in: as soon as there are no more, or,
    /// with <see cref="BareService.AnswerDelay"/>, a millisecond later.
    /// </summary>
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
    /// <summary>A header of a stream, of any value.</summary>
    public const string AnswerDelay = "answer-delay";

    private const string ServiceName = "bench.Bare";

    // So many are answered together at most, while more of them are there already.
    private const int UntoldMax = 64;

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
        var isDelayed = context.RequestHeaders.Get(AnswerDelay) is not null;
        var wake = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var answering = AnswerAllAsync();
        while (true)
        {
            var next = requestStream.MoveNext(CancellationToken.None);
            if (!next.IsCompleted || count % UntoldMax == 0)
            {
                wake.Writer.TryWrite(true);
            }

            if (!await next)
            {
                break;
            }

            Interlocked.Increment(ref count);
        }

        wake.Writer.Complete();
        await answering;

        // What came while the last one was written.
        await AnswerAsync();

        // As the stream of messages is answered.
        async Task AnswerAllAsync()
        {
            while (await wake.Reader.WaitToReadAsync())
            {
                await (isDelayed ? Task.Delay(1) : Task.CompletedTask);
                wake.Reader.TryRead(out _);
                await AnswerAsync();
            }
        }

        Task AnswerAsync() =>
            responseStream.WriteAsync(new InjectMsisResponse { Sequence = Interlocked.Read(ref count) });
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
