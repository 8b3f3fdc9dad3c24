using Grpc.Core;

namespace ItsService.Server.Wire;

/// <summary>
/// Binds the methods of Interrupts as the generated code does, but for InjectMsis, whose requests are read where they
/// lie. On the wire they are the same.
/// </summary>
internal static class InterruptsBinding
{
    /// <summary>Found by its name: <see cref="WireInterruptsBase"/>.</summary>
    public static void BindService(ServiceBinderBase binder, WireInterruptsBase? service)
    {
        // No object: the library makes one for each call.
        _ = service;
        V1.Interrupts.BindService(new InjectionBinder(binder), null);
    }

    private sealed class InjectionBinder(ServiceBinderBase binder) : ServiceBinderBase
    {
        private static readonly Marshaller<ReceivedInjection> Requests = Marshallers.Create(
            (ReceivedInjection _, SerializationContext _) =>
                throw new NotSupportedException("A server sends no requests."),
            ReceivedInjection.From);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            binder.AddMethod(method, handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            binder.AddMethod(method, handler);

        // The only one of its sort. Without a handler the implementation is looked for by name and by these types.
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            binder.AddMethod(
                new Method<ReceivedInjection, TResponse>(
                    method.Type, method.ServiceName, method.Name, Requests, method.ResponseMarshaller),
                (DuplexStreamingServerMethod<ReceivedInjection, TResponse>?)null);
    }
}
