using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using ItsService.Server.Checkpoints;

namespace ItsService.Server.Telemetry.Traces;

/// <summary>
/// Gives calls a span, in the services where each call is worth one, and counts those that are refused.
/// </summary>
internal sealed class CallSpans(Instruments instruments) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        ObservedCall.RunAsync(instruments, context, Named(() => continuation(request, context), request));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        ObservedCall.RunAsync(instruments, context, _ => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        ObservedCall.RunAsync(
            instruments, context, Named(() => continuation(request, responseStream, context), request));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        ObservedCall.RunAsync(instruments, context, _ => continuation(requestStream, responseStream, context));

    private static Func<Activity?, T> Named<T>(Func<T> call, object? request) => span =>
    {
        if (span is { IsAllDataRequested: true } && VmOf(request) is { Length: > 0 } vm)
        {
            span.SetTag(Tags.Vm, Errors.UntrustedText.Shown(vm));
        }

        return call();
    };

    // What has no field for a VM, or has left it empty, has the name of the VM or of one of its checkpoints.
    private static string? VmOf(object? request)
    {
        if (request is not IMessage message)
        {
            return null;
        }

        var name = TextOf(message, "vm") is { Length: > 0 } vm ? vm : TextOf(message, "name");
        return name is null ? null : CheckpointName.VmOf(name);
    }

    private static string? TextOf(IMessage message, string field) => message.Descriptor.FindFieldByName(field)
        is { FieldType: Google.Protobuf.Reflection.FieldType.String, IsRepeated: false } text
        ? (string)text.Accessor.GetValue(message)
        : null;
}
