using Grpc.Core;
using Grpc.Core.Interceptors;
using ItsService.StandIns.Tests.Protos;

namespace ItsService.StandIns.Tests.Api;

public class ClientBaseTests
{
    private readonly RecordingCallInvoker _invoker = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Client_addresses_no_host_unless_told_to()
    {
        var client = new Echo.EchoClient(_invoker);

        client.Say(new Message(), cancellationToken: Cancellation);
        Assert.Null(_invoker.Host);

        client.WithHost("first").WithHost("second").Say(new Message(), cancellationToken: Cancellation);
        Assert.Equal("second", _invoker.Host);
    }

    [Fact]
    public async Task Client_with_a_host_keeps_its_interceptors()
    {
        var client = new Echo.EchoClient(_invoker.Intercept(headers => [new Metadata.Entry("key", "value")]));

        using AsyncUnaryCall<Message> call =
            client.WithHost("other").SayAsync(new Message(), cancellationToken: Cancellation);

        Assert.Equal("other", _invoker.Host);
        Assert.Equal("value", (await call.ResponseHeadersAsync.WithinLimit()).GetValue("key"));
    }

    [Fact]
    public async Task Call_without_state_uses_its_delegates()
    {
        AsyncUnaryCall<Message> call =
            new Echo.EchoClient(_invoker).SayAsync(new Message { Text = "x" }, cancellationToken: Cancellation);

        Assert.Equal("x", (await call.ResponseAsync.WithinLimit()).Text);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Empty(call.GetTrailers());
        call.Dispose();
        Assert.True(_invoker.IsDisposed);
    }

    [Fact]
    public void Client_without_a_channel_makes_no_call() =>
        Assert.Throws<NotImplementedException>(
            () => new ChannellessClient().Say(new Message(), cancellationToken: Cancellation));

    [Fact]
    public void Null_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new Echo.EchoClient((CallInvoker)null!));
        Assert.Throws<ArgumentNullException>(() => new Echo.EchoClient((ChannelBase)null!));
        Assert.Throws<ArgumentNullException>(() => new Echo.EchoClient(_invoker).WithHost(null!));
        Assert.Throws<ArgumentNullException>(() => _invoker.Intercept((Interceptor)null!));
        Assert.Throws<ArgumentNullException>(() => _invoker.Intercept((Interceptor[])null!));
    }

    [Fact]
    public async Task Writer_without_support_for_cancellation_accepts_only_no_token()
    {
        IAsyncStreamWriter<string> writer = new PlainWriter();

        await writer.WriteAsync("text", CancellationToken.None).WithinLimit();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAsync<NotSupportedException>(() => writer.WriteAsync("text", cancellation.Token));
    }

    [Fact]
    public void Service_definition_refuses_a_method_twice()
    {
        var method = new Method<string, string>(
            MethodType.Unary,
            "Service",
            "Method",
            Marshallers.StringMarshaller,
            Marshallers.StringMarshaller);
        UnaryServerMethod<string, string> handler = (request, _) => Task.FromResult(request);

        ServerServiceDefinition.Builder builder = ServerServiceDefinition.CreateBuilder().AddMethod(method, handler);

        Assert.Throws<ArgumentException>(() => builder.AddMethod(method, handler));
    }

    private sealed class ChannellessClient : Echo.EchoClient;

    private sealed class PlainWriter : IAsyncStreamWriter<string>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(string message) => Task.CompletedTask;
    }
}
