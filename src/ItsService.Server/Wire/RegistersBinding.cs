using Grpc.Core;

namespace ItsService.Server.Wire;

/// <summary>
/// Binds the methods of Registers as the generated code does, but for Batch, whose messages are read and written where
/// they lie. On the wire they are the same.
/// </summary>
internal static class RegistersBinding
{
    /// <summary>Found by its name: <see cref="WireRegistersBase"/>.</summary>
    public static void BindService(ServiceBinderBase binder, WireRegistersBase? service)
    {
        // No object: the library makes one for each call.
        _ = service;
        V1.Registers.BindService(new BatchBinder(binder), null);
    }

    private sealed class BatchBinder(ServiceBinderBase binder) : ServiceBinderBase
    {
        private static readonly Marshaller<ReceivedBatch> Requests = Marshallers.Create(
            (ReceivedBatch _, SerializationContext _) => throw new NotSupportedException("A server sends no requests."),
            ReceivedBatch.From);

        private static readonly Marshaller<BatchAnswer> Answers = Marshallers.Create<BatchAnswer>(
            (answer, context) => answer.WriteTo(context),
            _ => throw new NotSupportedException("A server receives no answers."));

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            if (method.Name != nameof(WireRegistersBase.Batch))
            {
                binder.AddMethod(method, handler);
                return;
            }

            // Without a handler the implementation is looked for by name and by these types.
            binder.AddMethod(
                new Method<ReceivedBatch, BatchAnswer>(
                    method.Type, method.ServiceName, method.Name, Requests, Answers),
                (UnaryServerMethod<ReceivedBatch, BatchAnswer>?)null);
        }
    }
}
