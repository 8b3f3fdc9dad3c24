using System.Threading.Channels;
using Grpc.Core;
using ItsService.Core.CpuInterface;
using ItsService.Server.Machines;

namespace ItsService.Server.Watching;

/// <summary>
/// One who watches the lines of a VM's vCPUs. Of each line it holds the last state, and so no more than there are
/// lines, however slowly its client reads. It is filled inside the VM's gate and emptied outside.
/// </summary>
/// <param name="isWatched">Which vCPUs, by index.</param>
internal sealed class VcpuWatch(bool[] isWatched) : IDisposable
{
    private static readonly TimeSpan FlushTimeMax = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, VcpuLine> _changed = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _ending = new();
    private RpcException? _end;

    /// <summary>Notes a line as it is now. Inside the gate.</summary>
    public void Note(VcpuLine line)
    {
        if (!isWatched[line.Vcpu.Value])
        {
            return;
        }

        lock (_lock)
        {
            _changed[line.Vcpu.Value] = line;
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Ends it; the first reason counts. May be called anywhere.</summary>
    public void End(RpcException reason)
    {
        if (Interlocked.CompareExchange(ref _end, reason, null) is null)
        {
            // What is being written may still be read, but who does not read is not waited for.
            _ending.CancelAfter(FlushTimeMax);
            _wake.Writer.TryComplete();
        }
    }

    /// <summary>Tells what has changed until it is ended, which is how this ends.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the client has ended it.</param>
    public async Task TellAsync(
        IServerStreamWriter<V1.WatchVcpusResponse> writer, CancellationToken stopping, CancellationToken call)
    {
        using var stop = stopping.UnsafeRegister(
            static watch => ((VcpuWatch)watch!).End(ServiceStop.Unavailable()), this);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call, _ending.Token);
        try
        {
            while (await _wake.Reader.WaitToReadAsync(ended.Token))
            {
                _wake.Reader.TryRead(out _);
                if (TakeChanged() is { Lines.Count: > 0 } news)
                {
                    await writer.WriteAsync(news, ended.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The library has broken the call off: nobody reads how it ends.
        }

        throw _end ?? ServiceStop.Unavailable();
    }

    public void Dispose() => _ending.Dispose();

    private V1.WatchVcpusResponse TakeChanged()
    {
        var news = new V1.WatchVcpusResponse();
        lock (_lock)
        {
            foreach (var line in _changed.Values)
            {
                news.Lines.Add(LineReport.ToWire(line));
            }

            _changed.Clear();
        }

        return news;
    }
}
