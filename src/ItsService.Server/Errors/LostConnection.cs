using Google.Protobuf;

namespace ItsService.Server.Errors;

/// <summary>What reading and writing a stream throw when there is nobody at its other end any more.</summary>
internal static class LostConnection
{
    /// <summary>Whether that is why something was thrown.</summary>
    /// <param name="thrown">What was.</param>
    /// <param name="call">Cancelled when the connection is lost.</param>
    public static bool Is(Exception thrown, CancellationToken call) =>
        // A malformed message is one of these, too, and who sent it is there to be told.
        thrown is (IOException and not InvalidProtocolBufferException) or OperationCanceledException
        // The library's reader, once the call is over.
        || (thrown is InvalidOperationException && call.IsCancellationRequested);
}
