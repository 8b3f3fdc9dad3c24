using Grpc.Core.Interceptors;

namespace Grpc.Core.Internal;

/// <summary>Passes every handler on to another binder, wrapped in an interceptor.</summary>
internal sealed class InterceptingServiceBinder(ServiceBinderBase inner, Interceptor interceptor) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        UnaryServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        inner.AddMethod(
            method,
            new UnaryServerMethod<TRequest, TResponse>(
                (request, context) => interceptor.UnaryServerHandler(request, context, handler)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        inner.AddMethod(
            method,
            new ClientStreamingServerMethod<TRequest, TResponse>(
                (requests, context) => interceptor.ClientStreamingServerHandler(requests, context, handler)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        inner.AddMethod(
            method,
            new ServerStreamingServerMethod<TRequest, TResponse>(
                (request, responses, context) =>
                    interceptor.ServerStreamingServerHandler(request, responses, context, handler)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        inner.AddMethod(
            method,
            new DuplexStreamingServerMethod<TRequest, TResponse>(
                (requests, responses, context) =>
                    interceptor.DuplexStreamingServerHandler(requests, responses, context, handler)));
    }
}
