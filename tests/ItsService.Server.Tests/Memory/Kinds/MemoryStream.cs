using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>A VMM's stream on which its guest's RAM is served: GuestMemory.Serve, message by message.</summary>
internal sealed class MemoryStream : IDisposable
{
    private readonly AsyncDuplexStreamingCall<ServeMemoryRequest, MemoryRequest> _call;
    private readonly CancellationTokenSource _cut;

    private MemoryStream(Api api)
    {
        _cut = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _call = api.Memory.Serve(cancellationToken: _cut.Token);
    }

    public static async Task<MemoryStream> OpenAsync(Api api, string vm, ulong made = 0, string vmUid = "")
    {
        var stream = new MemoryStream(api);
        var start = new ServeMemoryStart { Vm = vm, Made = made, VmUid = vmUid };
        await stream.WriteAsync(new ServeMemoryRequest { Start = start });
        return stream;
    }

    public Task WriteAsync(ServeMemoryRequest message) => _call.RequestStream.WriteAsync(message).WithinLimit();

    public Task AnswerAsync(MemoryAnswer answer) => WriteAsync(new ServeMemoryRequest { Answer = answer });

    public async Task<MemoryRequest> ReadAsync()
    {
        Assert.True(await _call.ResponseStream.MoveNextWithinLimit(), "the stream has ended");
        return _call.ResponseStream.Current;
    }

    /// <summary>How the stream ends; there must be no more messages.</summary>
    public async Task<RpcException> EndAsync() =>
        await Assert.ThrowsAsync<RpcException>(() => _call.ResponseStream.MoveNextWithinLimit());

    /// <summary>Answers all that is asked for, until the stream ends.</summary>
    public async Task ServeAsync(VmmRam ram)
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(_cut.Token))
            {
                var answer = await ram.AnswerAsync(_call.ResponseStream.Current);
                await _call.RequestStream.WriteAsync(new ServeMemoryRequest { Answer = answer }, _cut.Token);
            }
        }
        catch (Exception ended) when (ended is RpcException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    /// <summary>The same; an answer that takes its time holds up no other.</summary>
    public async Task ServeAllAtOnceAsync(VmmRam ram)
    {
        using var writing = new SemaphoreSlim(1);
        var answers = new List<Task>();
        try
        {
            while (await _call.ResponseStream.MoveNext(_cut.Token))
            {
                answers.Add(AnswerAsync(ram, _call.ResponseStream.Current, writing));
            }
        }
        catch (Exception ended) when (ended is RpcException or OperationCanceledException)
        {
            // The test is over.
        }

        await Task.WhenAll(answers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AnswerAsync(VmmRam ram, MemoryRequest request, SemaphoreSlim writing)
    {
        var answer = await ram.AnswerAsync(request);
        await writing.WaitAsync(_cut.Token);
        try
        {
            await _call.RequestStream.WriteAsync(new ServeMemoryRequest { Answer = answer }, _cut.Token);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Cuts the connection, as far as the server can tell.</summary>
    public void Cut() => _cut.Cancel();

    public void Dispose()
    {
        Cut();
        _call.Dispose();
        _cut.Dispose();
    }
}
