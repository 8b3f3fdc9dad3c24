using Grpc.Core;

namespace ItsService.StandIns.Tests.Api;

/// <summary>Keeps the host and the headers of the last call, and answers unary calls with their request.</summary>
internal sealed class RecordingCallInvoker : CallInvoker
{
    public string? Host { get; private set; }

    public bool IsDisposed { get; private set; }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request)
    {
        Host = host;
        return (TResponse)(object)request;
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request)
    {
        Host = host;
        return new AsyncUnaryCall<TResponse>(
            Task.FromResult((TResponse)(object)request),
            Task.FromResult(options.Headers ?? Metadata.Empty),
            () => Status.DefaultSuccess,
            () => Metadata.Empty,
            () => IsDisposed = true);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request) => throw new NotSupportedException();

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options) => throw new NotSupportedException();

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options) => throw new NotSupportedException();
}
