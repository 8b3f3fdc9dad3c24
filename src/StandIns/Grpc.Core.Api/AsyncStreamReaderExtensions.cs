namespace Grpc.Core;

/// <summary>Reading a stream without a cancellation token.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Moves to the next message; false at the end of the stream.</summary>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return streamReader.MoveNext(CancellationToken.None);
    }
}
