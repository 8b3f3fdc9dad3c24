using System.Net.Sockets;
using Grpc.Core;
using ItsService.Client;

namespace ItsService.Cli.Tests.Clients;

/// <summary>What the transport throws, told apart by whether the caller had given the call up.</summary>
public sealed class CallFailureTests
{
    private static readonly ServerAddress Server = ServerAddress.Parse("http://127.0.0.1:7400");

    public static TheoryData<string> Transports => ["aborted stream", "lost connection", "no service"];

    [Theory]
    [MemberData(nameof(Transports))]
    public void Transport_that_fails_under_a_cancelled_call_is_a_cancellation(string transport)
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        var failure = CallFailure.From(FailureOf(transport), Server, cancellation.Token);

        var cancelled = Assert.IsType<OperationCanceledException>(failure);
        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public void Transport_that_fails_under_a_call_that_is_wanted_is_no_service(string transport)
    {
        using var cancellation = new CancellationTokenSource();

        var failure = CallFailure.From(FailureOf(transport), Server, cancellation.Token);

        var unreachable = Assert.IsType<ItsServiceException>(failure);
        Assert.True(unreachable.IsUnreachable);
        Assert.StartsWith($"no service at {Server.Text}: ", unreachable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refusal_that_the_service_sent_is_told_to_who_had_given_the_call_up()
    {
        var refusal = new RpcException(new Status(StatusCode.NotFound, "vms/guest is not there"));

        var failure = CallFailure.From(refusal, Server, new CancellationToken(canceled: true));

        Assert.Equal("vms/guest is not there", Assert.IsType<ItsServiceException>(failure).Message);
    }

    /// <summary>As grpc-dotnet's client makes them, with the cause in the status.</summary>
    private static RpcException FailureOf(string transport) => transport switch
    {
        "aborted stream" => Failure(StatusCode.Internal, new IOException("The request was aborted.")),
        "lost connection" => Failure(
            StatusCode.Unavailable, new HttpRequestException("lost", new IOException("Broken pipe"))),
        "no service" => Failure(
            StatusCode.Unavailable,
            new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused))),
        _ => throw new ArgumentOutOfRangeException(nameof(transport), transport, "no such transport"),
    };

    private static RpcException Failure(StatusCode code, Exception cause) =>
        new(new Status(code, cause.Message, cause));
}
