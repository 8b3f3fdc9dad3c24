using Google.Protobuf;
using Grpc.Core;

namespace ItsService.Server.Errors;

/// <summary>
/// A message of a stream whose bytes are no message. The parser's exception is an <see cref="IOException"/>, and yet
/// says nothing of the connection.
/// </summary>
internal static class MalformedMessage
{
    /// <summary>The refusal.</summary>
    /// <param name="resource">What the stream is about; empty as long as nobody knows.</param>
    /// <param name="found">By the parser.</param>
    /// <param name="accepted">The name of what the stream consists of.</param>
    public static RpcException Refused(string resource, InvalidProtocolBufferException found, string accepted) =>
        Refusal.Of(resource, new Problem(
            V1.ErrorReason.UnexpectedMessage, "message", $"the bytes are no message: {found.Message}")
        {
            Accepted = accepted,
        });
}
