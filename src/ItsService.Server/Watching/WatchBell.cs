using System.Threading.Channels;
using Grpc.Core;
using ItsService.Server.Machines;

namespace ItsService.Server.Watching;

/// <summary>
/// Wakes who tells one client what is new of a VM, until that is ended. It is rung inside the VM's gate, where nobody
/// waits for it, and heard outside; rung twice before it is heard it is heard once.
/// </summary>
internal sealed class WatchBell : IDisposable
{
    private static readonly TimeSpan FlushTimeMax = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _ending = new();
    private RpcException? _end;

    /// <summary>There is something new.</summary>
    public void Ring() => _wake.Writer.TryWrite(true);

    /// <summary>Ends it, after what is new is told; the first reason counts. May be called anywhere.</summary>
    public void End(RpcException reason)
    {
        if (Interlocked.CompareExchange(ref _end, reason, null) is null)
        {
            // What is being written may still be read, but who does not read is not waited for.
            _ending.CancelAfter(FlushTimeMax);
            _wake.Writer.TryComplete();
        }
    }

    /// <summary>Has what is new told until it is ended, which is how this ends.</summary>
    /// <param name="tell">Tells all that is new.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the client has ended it.</param>
    public async Task HearAsync(
        Func<CancellationToken, Task> tell, CancellationToken stopping, CancellationToken call)
    {
        using var stop = stopping.UnsafeRegister(
            static bell => ((WatchBell)bell!).End(ServiceStop.Unavailable()), this);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call, _ending.Token);
        try
        {
            while (await _wake.Reader.WaitToReadAsync(ended.Token))
            {
                _wake.Reader.TryRead(out _);
                await tell(ended.Token);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The library has broken the call off: nobody reads how it ends.
        }

        throw _end ?? ServiceStop.Unavailable();
    }

    public void Dispose() => _ending.Dispose();
}
