using System.Buffers.Binary;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace ItsService.Server.Memory.Shared;

/// <summary>The process at the other end of a Unix socket, as the kernel knew it when it connected.</summary>
/// <param name="Id">Its process ID.</param>
/// <param name="User">Its user ID.</param>
internal readonly record struct PeerProcess(int Id, uint User)
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    // struct ucred: the process, the user and the group.
    private const int CredentialsBytes = 12;

    /// <summary>Who makes a call; null where it does not come over a Unix socket.</summary>
    public static PeerProcess? Of(ServerCallContext context)
    {
        var socket = context.GetHttpContext().Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is not { AddressFamily: AddressFamily.Unix })
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[CredentialsBytes];
        return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == CredentialsBytes
            ? new PeerProcess(
                BinaryPrimitives.ReadInt32LittleEndian(credentials),
                BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]))
            : null;
    }
}
