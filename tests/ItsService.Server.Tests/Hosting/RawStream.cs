using Google.Protobuf.Reflection;
using Grpc.Core;

namespace ItsService.Server.Tests.Hosting;

/// <summary>A stream of a call that both sides write, with messages of any bytes.</summary>
internal sealed class RawStream : IDisposable
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);

    private readonly AsyncDuplexStreamingCall<byte[], byte[]> _call;

    /// <param name="api">Over which connection.</param>
    /// <param name="service">The service.</param>
    /// <param name="method">Its method's name.</param>
    public RawStream(Api api, ServiceDescriptor service, string method) => _call = api.Invoker.AsyncDuplexStreamingCall(
        new Method<byte[], byte[]>(MethodType.DuplexStreaming, service.FullName, method, Bytes, Bytes),
        host: null,
        new CallOptions(cancellationToken: TestContext.Current.CancellationToken));

    public Task WriteAsync(byte[] message) => _call.RequestStream.WriteAsync(message).WithinLimit();

    public async Task<byte[]> ReadAsync()
    {
        Assert.True(await _call.ResponseStream.MoveNextWithinLimit(), "the stream has ended");
        return _call.ResponseStream.Current;
    }

    /// <summary>How it ends, and the last message before that; null for none.</summary>
    public async Task<(Status End, RpcException? Failure, byte[]? Last)> EndAsync()
    {
        byte[]? last = null;
        try
        {
            while (await _call.ResponseStream.MoveNextWithinLimit())
            {
                last = _call.ResponseStream.Current;
            }

            return (_call.GetStatus(), null, last);
        }
        catch (RpcException failure)
        {
            return (failure.Status, failure, last);
        }
    }

    public void Dispose() => _call.Dispose();
}
