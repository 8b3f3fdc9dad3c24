using Google.Protobuf.Reflection;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Batches;

/// <summary>Calls of Registers with bytes of the caller's own making.</summary>
internal static class RawCalls
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    public static async Task<BatchResponse> BatchAsync(this Api api, byte[] request) =>
        BatchResponse.Parser.ParseFrom(await CallAsync(api, "Batch", request));

    /// <summary>How a call ends that is refused.</summary>
    public static async Task<Status> RefusalAsync(this Api api, string method, byte[] request) =>
        (await Assert.ThrowsAsync<RpcException>(() => CallAsync(api, method, request))).Status;

    private static Task<byte[]> CallAsync(Api api, string name, byte[] request)
    {
        MethodDescriptor descriptor = Registers.Descriptor.FindMethodByName(name);
        var method = new Method<byte[], byte[]>(
            MethodType.Unary, descriptor.Service.FullName, descriptor.Name, Bytes, Bytes);
        var options = new CallOptions(cancellationToken: TestContext.Current.CancellationToken);
        return api.Invoker.AsyncUnaryCall(method, host: null, options, request).WithinLimit();
    }
}
