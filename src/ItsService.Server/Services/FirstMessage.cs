using Google.Protobuf;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Services;

/// <summary>
/// The message with which a client's stream begins, and for which nobody waits when the service stops.
/// </summary>
internal static class FirstMessage
{
    /// <summary>Reads it; null where the client has sent none.</summary>
    /// <param name="messages">The stream.</param>
    /// <param name="accepted">The name of what it consists of.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the connection is lost.</param>
    /// <exception cref="RpcException">It is malformed, or the service stops.</exception>
    public static async Task<T?> ReadAsync<T>(
        IAsyncStreamReader<T> messages, string accepted, CancellationToken stopping, CancellationToken call)
        where T : class
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, call);
        try
        {
            return await messages.MoveNext(either.Token) ? messages.Current : null;
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw MalformedMessage.Refused("", malformed, accepted);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
    }
}
