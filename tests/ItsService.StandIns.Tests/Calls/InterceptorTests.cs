using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using ItsService.StandIns.Tests.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>Interceptors around calls of every kind, on both sides.</summary>
public class InterceptorTests
{
    private static readonly string[] HandlerLog =
    [
        "server: unary handler /standins.test.Echo/Say",
        "server: unary handler /standins.test.Echo/Say",
        "server: client streaming handler /standins.test.Echo/Join",
        "server: server streaming handler /standins.test.Echo/Split",
        "server: duplex handler /standins.test.Echo/Chat",
    ];

    private readonly ConcurrentQueue<string> _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Client_interceptors_run_in_the_order_given(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(transport);

        await CallEveryKindAsync(server.Channel.Intercept(Recording("first"), Recording("second"))).WithinLimit();

        Assert.Equal(
            [
                "first: blocking Say", "second: blocking Say",
                "first: unary Say", "second: unary Say",
                "first: client streaming Join", "second: client streaming Join",
                "first: server streaming Split", "second: server streaming Split",
                "first: duplex Chat", "second: duplex Chat",
            ],
            _log);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Server_interceptor_runs_around_every_kind_of_handler(Transport transport)
    {
        await using EchoServer server = await EchoServer.StartAsync(
            transport,
            options => options.Interceptors.Add<RecordingInterceptor>("server", _log));

        await CallEveryKindAsync(server.Channel.CreateCallInvoker()).WithinLimit();

        Assert.Equal(HandlerLog, _log);
    }

    [Fact]
    public async Task Intercepted_service_definition_runs_around_every_kind_of_handler()
    {
        await using EchoServer server = await EchoServer.StartAsync(
            Transport.Tcp,
            map: endpoints => endpoints.MapGrpcService(services =>
                Echo.BindService(new EchoService(services.GetRequiredService<CallProbe>()))
                    .Intercept(Recording("server"))));

        await CallEveryKindAsync(server.Channel.CreateCallInvoker()).WithinLimit();

        Assert.Equal(HandlerLog, _log);
    }

    [Fact]
    public async Task Metadata_function_adds_headers_to_every_kind_of_call()
    {
        await using EchoServer server = await EchoServer.StartAsync(Transport.Tcp);
        int calls = 0;
        CallInvoker invoker = server.Channel.Intercept(headers =>
        {
            calls++;
            headers.Add(EchoService.HeaderName, "added");
            return headers;
        });

        using AsyncUnaryCall<Message> call =
            new Echo.EchoClient(invoker).SayAsync(new Message(), cancellationToken: Cancellation);

        Assert.Equal("added", (await call.ResponseHeadersAsync.WithinLimit()).GetValue(EchoService.HeaderName));
        await call.ResponseAsync.WithinLimit();
        await CallEveryKindAsync(invoker).WithinLimit();
        Assert.Equal(6, calls);
    }

    private RecordingInterceptor Recording(string name) => new(name, _log);

    private static async Task CallEveryKindAsync(CallInvoker invoker)
    {
        var client = new Echo.EchoClient(invoker);
        var message = new Message { Text = "word" };

        Message blocking = await Task.Run(() => client.Say(message, cancellationToken: Cancellation), Cancellation);
        Assert.Equal("word", blocking.Text);

        Assert.Equal("word", (await client.SayAsync(message, cancellationToken: Cancellation)).Text);

        using AsyncClientStreamingCall<Message, Message> join = client.Join(cancellationToken: Cancellation);
        await join.RequestStream.WriteAsync(message, Cancellation);
        await join.RequestStream.CompleteAsync();
        Assert.Equal("word", (await join).Text);

        using AsyncServerStreamingCall<Message> split = client.Split(message, cancellationToken: Cancellation);
        Assert.True(await split.ResponseStream.MoveNext(Cancellation));
        Assert.False(await split.ResponseStream.MoveNext(Cancellation));

        using AsyncDuplexStreamingCall<Message, Message> chat = client.Chat(cancellationToken: Cancellation);
        await chat.RequestStream.WriteAsync(message, Cancellation);
        Assert.True(await chat.ResponseStream.MoveNext(Cancellation));
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext(Cancellation));
    }
}
