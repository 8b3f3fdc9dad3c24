using Grpc.Core;
using ItsService.StandIns.Tests.Protos;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>Calls that end otherwise than with a response.</summary>
public class CallEndTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Failing_call_carries_status_text_and_binary_trailers(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        using AsyncUnaryCall<Message> call =
            server.Client.FailAsync(new Message { Text = "not now: ä" }, cancellationToken: Cancellation);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinLimit());

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("not now: ä", error.Status.Detail);
        Assert.Equal("failed", error.Trailers.GetValue(EchoService.TrailerName));
        Assert.Equal(EchoService.BinaryTrailer, error.Trailers.GetValueBytes(EchoService.BinaryTrailerName));
        Assert.Equal(StatusCode.FailedPrecondition, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Call_past_its_deadline_ends_on_both_sides(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        using AsyncUnaryCall<Message> call = server.Client.WaitAsync(
            new Message(),
            deadline: DateTime.UtcNow.AddMilliseconds(500),
            cancellationToken: Cancellation);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinLimit());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await server.Probe.Cancelled.WithinLimit();
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Cancelled_call_is_seen_by_the_server(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        using AsyncUnaryCall<Message> call =
            server.Client.WaitAsync(new Message(), cancellationToken: cancellation.Token);
        await server.Probe.Waiting.WithinLimit();
        await cancellation.CancelAsync().WithinLimit();

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinLimit());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await server.Probe.Cancelled.WithinLimit();
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Disposed_call_is_seen_by_the_server(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        AsyncUnaryCall<Message> call = server.Client.WaitAsync(new Message(), cancellationToken: Cancellation);
        await server.Probe.Waiting.WithinLimit();
        call.Dispose();

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinLimit());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await server.Probe.Cancelled.WithinLimit();
    }

    [Fact]
    public async Task Reading_a_stream_with_a_cancelled_token_ends_the_enumeration()
    {
        await using EchoServer server = await EchoServer.StartAsync(Transport.Tcp);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using AsyncDuplexStreamingCall<Message, Message> call = server.Client.Chat(cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new Message { Text = "one" }, Cancellation).WithinLimit();

        var texts = new List<string>();
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync().WithinLimit());

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(["one"], texts);

        async Task ReadAsync()
        {
            await foreach (Message message in call.ResponseStream.ReadAllAsync(Cancellation)
                .WithCancellation(cancellation.Token))
            {
                texts.Add(message.Text);
                await cancellation.CancelAsync();
            }
        }
    }
}
