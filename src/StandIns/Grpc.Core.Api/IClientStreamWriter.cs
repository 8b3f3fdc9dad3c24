namespace Grpc.Core;

/// <summary>The requests of a call that streams them.</summary>
/// <typeparam name="T">The request message.</typeparam>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Ends the stream of requests; to be called once, after the last write.</summary>
    Task CompleteAsync();
}
