using System.Net.Sockets;
using Grpc.Net.Client;
using ItsService.Client.Wire;

namespace ItsService.Benchmarks.Api;

/// <summary>A plain channel through a Unix socket: for calls that the client library does not have.</summary>
internal static class ApiChannel
{
    public static GrpcChannel Open(string socketPath)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var options = new GrpcChannelOptions
        {
            HttpHandler = new GatheringHandler(handler, EncodedInjection.Method, BareService.Stream),
            DisposeHttpClient = true,
        };
        return GrpcChannel.ForAddress("http://localhost", options);
    }
}
