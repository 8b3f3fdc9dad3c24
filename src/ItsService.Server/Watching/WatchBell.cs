using System.Threading.Channels;
using Grpc.Core;
using ItsService.Server.Machines;

namespace ItsService.Server.Watching;

/// <summary>
/// Wakes who tells one client what is new of a VM, until that is ended. It is rung inside the VM's gate, where nobody
/// waits for it, and heard outside; rung twice before it is heard it is heard once.
/// </summary>
internal sealed class WatchBell
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private RpcException? _end;

    /// <summary>There is something new.</summary>
    public void Ring() => _wake.Writer.TryWrite(true);

    /// <summary>Ends it, after what is new is told; the first reason counts. May be called anywhere.</summary>
    public void End(RpcException reason)
    {
        Interlocked.CompareExchange(ref _end, reason, null);
        _wake.Writer.TryComplete();
    }

    /// <summary>Has what is new told until it is ended, which is how this ends.</summary>
    /// <param name="tell">Tells all that is new.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the client has ended it.</param>
    public async Task HearAsync(
        Func<CancellationToken, Task> tell, CancellationToken stopping, CancellationToken call)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, call);
        try
        {
            while (await _wake.Reader.WaitToReadAsync(either.Token))
            {
                _wake.Reader.TryRead(out _);
                await tell(either.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }

        throw _end ?? ServiceStop.Unavailable();
    }
}
