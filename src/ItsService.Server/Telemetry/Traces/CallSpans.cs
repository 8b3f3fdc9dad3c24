using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ItsService.Server.Telemetry.Traces;

/// <summary>
/// Gives calls a span, in the services where each call is worth one, and counts those that are refused.
/// </summary>
internal sealed class CallSpans(Instruments instruments) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(request, context), request);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => WithoutResult(continuation(request, responseStream, context)), request);

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => WithoutResult(continuation(requestStream, responseStream, context)));

    private Task<T> RunAsync<T>(ServerCallContext context, Func<Task<T>> call, object? request = null) =>
        ObservedCall.RunAsync(instruments, context, span =>
        {
            if (span is { IsAllDataRequested: true } && VmOf(request) is { Length: > 0 } vm)
            {
                span.SetTag(Tags.Vm, Errors.UntrustedText.Shown(vm));
            }

            return call();
        });

    private static async Task<bool> WithoutResult(Task call)
    {
        await call;
        return true;
    }

    private static string? VmOf(object? request) => request is IMessage message
        && (message.Descriptor.FindFieldByName("vm") ?? message.Descriptor.FindFieldByName("name"))
            is { FieldType: Google.Protobuf.Reflection.FieldType.String, IsRepeated: false } field
            ? (string)field.Accessor.GetValue(message)
            : null;
}
