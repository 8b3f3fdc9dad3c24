namespace Grpc.Core;

/// <summary>A stream of messages to read.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last successful <see cref="MoveNext"/> arrived at.</summary>
    T Current { get; }

    /// <summary>
    /// Moves to the next message; false at the end of the stream. Only one call may be pending. Cancelling a pending
    /// call cancels the whole remote call.
    /// </summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
