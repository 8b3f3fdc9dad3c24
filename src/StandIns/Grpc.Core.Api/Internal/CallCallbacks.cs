namespace Grpc.Core.Internal;

/// <summary>
/// What the four call objects ask of the implementation behind them, with the state that it asked for.
/// </summary>
internal readonly struct CallCallbacks
{
    private readonly Func<object, Task<Metadata>> _responseHeaders;
    private readonly Func<object, Status> _status;
    private readonly Func<object, Metadata> _trailers;
    private readonly Action<object> _dispose;
    private readonly object _state;

    public CallCallbacks(
        Func<object, Task<Metadata>> responseHeaders,
        Func<object, Status> status,
        Func<object, Metadata> trailers,
        Action<object> dispose,
        object state)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(trailers);
        ArgumentNullException.ThrowIfNull(dispose);
        _responseHeaders = responseHeaders;
        _status = status;
        _trailers = trailers;
        _dispose = dispose;
        _state = state;
    }

    public CallCallbacks(
        Task<Metadata> responseHeaders,
        Func<Status> status,
        Func<Metadata> trailers,
        Action dispose)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(trailers);
        ArgumentNullException.ThrowIfNull(dispose);
        // The delegates themselves are the state, so that nothing is captured.
        _responseHeaders = static state => ((Stateless)state).ResponseHeaders;
        _status = static state => ((Stateless)state).Status();
        _trailers = static state => ((Stateless)state).Trailers();
        _dispose = static state => ((Stateless)state).Dispose();
        _state = new Stateless(responseHeaders, status, trailers, dispose);
    }

    public Task<Metadata> ResponseHeaders => _responseHeaders(_state);

    public Status GetStatus() => _status(_state);

    public Metadata GetTrailers() => _trailers(_state);

    public void Dispose() => _dispose(_state);

    private sealed record Stateless(
        Task<Metadata> ResponseHeaders,
        Func<Status> Status,
        Func<Metadata> Trailers,
        Action Dispose);
}
