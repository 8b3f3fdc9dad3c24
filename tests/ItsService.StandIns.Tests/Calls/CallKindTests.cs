using Grpc.Core;
using ItsService.StandIns.Tests.Protos;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>The four kinds of calls, end to end.</summary>
public class CallKindTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Unary_call_returns_the_response_with_headers_and_trailers(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);
        byte[] bytes = [0, 0x80, 0xff];
        var headers = new Metadata { { "X-Header", "text" }, { EchoService.BinaryHeaderName, bytes } };

        using AsyncUnaryCall<Message> call =
            server.Client.SayAsync(new Message { Text = "hello" }, headers, cancellationToken: Cancellation);

        Assert.Equal("hello", (await call.ResponseAsync.WithinLimit()).Text);
        Metadata responseHeaders = await call.ResponseHeadersAsync.WithinLimit();
        Assert.Equal("text", responseHeaders.GetValue(EchoService.HeaderName));
        Assert.Equal(bytes, responseHeaders.GetValueBytes(EchoService.BinaryHeaderName));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal("said", call.GetTrailers().GetValue(EchoService.TrailerName));
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Blocking_unary_call_returns_the_response(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        Message response = await Task.Run(
            () => server.Client.Say(new Message { Text = "hello" }, cancellationToken: Cancellation),
            Cancellation).WithinLimit();

        Assert.Equal("hello", response.Text);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Client_streaming_call_delivers_every_request_in_order(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        using AsyncClientStreamingCall<Message, Message> call = server.Client.Join(cancellationToken: Cancellation);
        foreach (string word in (string[])["one", "two", "three"])
        {
            await call.RequestStream.WriteAsync(new Message { Text = word }, Cancellation).WithinLimit();
        }

        await call.RequestStream.CompleteAsync().WithinLimit();

        Assert.Equal("one two three", (await call.ResponseAsync.WithinLimit()).Text);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Server_streaming_call_delivers_every_response_in_order(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        using AsyncServerStreamingCall<Message> call =
            server.Client.Split(new Message { Text = "one two three" }, cancellationToken: Cancellation);

        Assert.Equal(["one", "two", "three"], await TextsOf(call.ResponseStream).WithinLimit());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Duplex_call_answers_each_request_before_the_next(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        using AsyncDuplexStreamingCall<Message, Message> call = server.Client.Chat(cancellationToken: Cancellation);
        foreach (string word in (string[])["one", "two", "three"])
        {
            await call.RequestStream.WriteAsync(new Message { Text = word }, Cancellation).WithinLimit();
            Assert.True(await call.ResponseStream.MoveNext(Cancellation).WithinLimit());
            Assert.Equal(word, call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync().WithinLimit();
        Assert.False(await call.ResponseStream.MoveNext(Cancellation).WithinLimit());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private static async Task<List<string>> TextsOf(IAsyncStreamReader<Message> stream)
    {
        var texts = new List<string>();
        await foreach (Message message in stream.ReadAllAsync(Cancellation))
        {
            texts.Add(message.Text);
        }

        return texts;
    }
}
