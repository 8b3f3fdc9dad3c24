namespace Grpc.Core;

/// <summary>A stream of messages to write. Only one write may be pending.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>How the following messages are written; null means the defaults.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message.</summary>
    Task WriteAsync(T message);

    /// <summary>
    /// Writes a message unless cancelled first. An implementation that cannot cancel a write accepts only a token
    /// that is never cancelled.
    /// </summary>
    /// <exception cref="NotSupportedException">The token can be cancelled and this writer has no support for
    /// it.</exception>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            throw new NotSupportedException("This stream writer cannot cancel a write.");
        }

        return WriteAsync(message);
    }
}
