using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Client.Wire;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>Messages that another follows are not sent by themselves, and all others are.</summary>
public sealed class GatheringTests
{
    private static readonly MsiRecord[] Records = [new(new DeviceId(1), new EventId(2))];

    // The first flush is the library's, of the headers.
    [Theory]
    [InlineData(true, "f wf w w wf")]
    [InlineData(false, "f wf wf wf wf")]
    public async Task Message_waits_for_the_next_if_one_follows(bool isGathered, string expected)
    {
        using var body = new RecordedBody();
        using var channel = Open(body, isGathered ? [EncodedInjection.Method] : []);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            EncodedInjection.Method, host: null, default);
        var holder = new EncodedInjection.Holder { Message = new EncodedInjection(new InjectMsisStart { Vm = "v" }) };
        await call.RequestStream.WriteAsync(holder, TestContext.Current.CancellationToken).WithinLimit();

        foreach (var (sequence, moreFollows) in new[] { (1u, true), (2u, true), (3u, false) })
        {
            (holder.Message, holder.MoreFollows) = (new EncodedInjection(sequence, 0, Records), moreFollows);
            await call.RequestStream.WriteAsync(holder, TestContext.Current.CancellationToken).WithinLimit();
        }

        Assert.Equal(expected, body.Seen());
    }

    [Fact]
    public async Task Word_of_a_message_that_was_not_written_is_not_taken_for_another()
    {
        using var body = new RecordedBody();
        using var channel = Open(body, [EncodedInjection.Method]);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            EncodedInjection.Method, host: null, default);
        var holder = new EncodedInjection.Holder { Message = new EncodedInjection(1, 0, Records) };
        await call.RequestStream.WriteAsync(holder, TestContext.Current.CancellationToken).WithinLimit();

        MoreToCome.Announce(true);
        await call.RequestStream.WriteAsync(holder, TestContext.Current.CancellationToken).WithinLimit();

        Assert.Equal("f wf wf", body.Seen());
    }

    private static GrpcChannel Open(RecordedBody body, IMethod[] gathered) => GrpcChannel.ForAddress(
        "http://localhost", new GrpcChannelOptions { HttpHandler = new GatheringHandler(body, gathered) });

    /// <summary>A server that answers nothing and writes down how its request is written.</summary>
    private sealed class RecordedBody : HttpMessageHandler
    {
        private readonly Channel<char> _seen = Channel.CreateUnbounded<char>();

        public string Seen()
        {
            var seen = new List<char>();
            while (_seen.Reader.TryRead(out var one))
            {
                seen.AddRange(one == 'w' && seen.Count > 0 ? [' ', one] : [one]);
            }

            return string.Concat(seen);
        }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await request.Content!.CopyToAsync(new Recorder(_seen.Writer), cancellationToken);
            return new HttpResponseMessage(HttpStatusCode.OK) { Version = new Version(2, 0) };
        }
    }

    private sealed class Recorder(ChannelWriter<char> seen) : MemoryStream
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            seen.TryWrite('w');
            return default;
        }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            seen.TryWrite('f');
            return Task.CompletedTask;
        }
    }
}
