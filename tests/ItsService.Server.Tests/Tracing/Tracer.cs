using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Tracing;

/// <summary>One who traces a VM: Inspect.Trace.</summary>
internal sealed class Tracer : IDisposable
{
    private readonly AsyncServerStreamingCall<TraceResponse> _call;
    private readonly Queue<TraceEvent> _unread = [];

    private Tracer(Api api, TraceRequest request) =>
        _call = api.Inspect.Trace(request, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>What was dropped, as the messages so far have it: one by one, and the last total.</summary>
    public (ulong Sum, ulong Total) Dropped { get; private set; }

    /// <summary>Begins, whatever comes of it.</summary>
    public static Tracer Open(Guest guest, TraceRequest? request = null)
    {
        request ??= new TraceRequest();
        request.Vm = guest.Name;
        return new Tracer(guest.Api, request);
    }

    /// <summary>Begins; nothing is missed from now on.</summary>
    public static async Task<Tracer> BeginAsync(Guest guest, TraceRequest? request = null)
    {
        var tracer = Open(guest, request);
        Assert.Equal(new TraceResponse(), await tracer.ReadMessageAsync());
        return tracer;
    }

    /// <summary>The next message.</summary>
    public async Task<TraceResponse> ReadMessageAsync()
    {
        Assert.True(await _call.ResponseStream.MoveNextWithinLimit(), "the trace has ended");
        var message = _call.ResponseStream.Current;
        Dropped = (Dropped.Sum + message.DroppedCount, message.DroppedTotal);
        Assert.Equal(Dropped.Sum, Dropped.Total);
        return message;
    }

    /// <summary>The next events, so many.</summary>
    public async Task<TraceEvent[]> ReadAsync(int count)
    {
        while (_unread.Count < count)
        {
            foreach (var traced in (await ReadMessageAsync()).Events)
            {
                _unread.Enqueue(traced);
            }
        }

        return [.. Enumerable.Range(0, count).Select(_ => _unread.Dequeue())];
    }

    /// <summary>How it ends, behind what is told before.</summary>
    public async Task<RpcException> EndAsync() => await Assert.ThrowsAsync<RpcException>(async () =>
    {
        while (true)
        {
            foreach (var traced in (await ReadMessageAsync()).Events)
            {
                _unread.Enqueue(traced);
            }
        }
    });

    /// <summary>What was told and not looked at.</summary>
    public TraceEvent[] Rest() => [.. _unread];

    public void Dispose() => _call.Dispose();
}
