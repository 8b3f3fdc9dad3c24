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
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, VcpuLine> _changed = [];
    private readonly WatchBell _bell = new();

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

        _bell.Ring();
    }

    /// <summary>Ends it; the first reason counts. May be called anywhere.</summary>
    public void End(RpcException reason) => _bell.End(reason);

    /// <summary>Tells what has changed until it is ended, which is how this ends.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the client has ended it.</param>
    public Task TellAsync(
        IServerStreamWriter<V1.WatchVcpusResponse> writer, CancellationToken stopping, CancellationToken call) =>
        _bell.HearAsync(
            async either =>
            {
                if (TakeChanged() is { Lines.Count: > 0 } news)
                {
                    await writer.WriteAsync(news, either);
                }
            },
            stopping,
            call);

    public void Dispose() => _bell.Dispose();

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
