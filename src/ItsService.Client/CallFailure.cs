using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using RpcStatus = ItsService.Protocol.Rpc.Status;

namespace ItsService.Client;

/// <summary>Turns what the transport throws into what this library throws.</summary>
internal static class CallFailure
{
    private const string StatusDetailsTrailer = "grpc-status-details-bin";

    public static Exception From(RpcException failure, ServerAddress server, CancellationToken cancellationToken)
    {
        // A call that is cancelled while its answer arrives may fail as its aborted transport does.
        var isEnded = failure.StatusCode == StatusCode.Cancelled || IsFromTransport(failure);
        if (isEnded && cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException("The call was cancelled.", failure, cancellationToken);
        }

        if (IsFromTransport(failure))
        {
            var detail = $"no service at {server.Text}: {Cause(failure)}";
            return new ItsServiceException(StatusCode.Unavailable, detail, [], isUnreachable: true, failure);
        }

        var problems = Problems(failure);
        var sentence = Sentence(failure, problems.Count > 0);
        return new ItsServiceException(failure.StatusCode, sentence, problems, isUnreachable: false, failure);
    }

    /// <summary>
    /// A status that the transport made itself carries the exception it was made from, or says that the peer's answer
    /// is no gRPC. A status that a service sent does neither.
    /// </summary>
    private static bool IsFromTransport(RpcException failure) =>
        failure.Status.DebugException is HttpRequestException or IOException or SocketException
        || failure.Status.Detail.StartsWith("Bad gRPC response.", StringComparison.Ordinal);

    private static string Cause(RpcException failure)
    {
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    // What .NET says for a socket file that does not exist.
                    return "no such socket";
                case SocketException socket:
                    return socket.Message;
                case HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError }:
                    return "what listens there does not speak gRPC";
                case OperationCanceledException or TimeoutException:
                    return "connecting took too long";
                case ObjectDisposedException:
                    // What .NET says for a connection that ended before the first frame was written.
                    return "what listens there closed the connection";
            }
        }

        return failure.Status.DebugException is { } last ? last.GetBaseException().Message : failure.Status.Detail;
    }

    /// <summary>The service's, where it has one: a deadline that it ends itself comes with a problem.</summary>
    private static string Sentence(RpcException failure, bool hasProblems) => failure.StatusCode switch
    {
        StatusCode.DeadlineExceeded when !hasProblems =>
            "the service did not answer in time (guest accesses and messages wait while a VM is Paused)",
        StatusCode.Unimplemented when failure.Status.Detail.Length == 0 => "the service does not have this method",
        _ when failure.Status.Detail.Length == 0 => failure.StatusCode.ToString(),
        _ => failure.Status.Detail,
    };

    /// <summary>The typed details of a refusal; none where there are none.</summary>
    public static List<ErrorDetail> Problems(RpcException failure)
    {
        var problems = new List<ErrorDetail>();
        if (failure.Trailers.GetValueBytes(StatusDetailsTrailer) is not { } bytes)
        {
            return problems;
        }

        try
        {
            foreach (var any in RpcStatus.Parser.ParseFrom(bytes).Details)
            {
                if (any.TryUnpack<ErrorDetail>(out var problem))
                {
                    problems.Add(problem);
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // The status itself is what matters; details that nobody can read are as good as none.
        }

        return problems;
    }
}
