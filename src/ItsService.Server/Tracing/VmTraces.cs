using Grpc.Core;
using ItsService.Core;
using ItsService.Core.Tracing;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Tracing;

/// <summary>Who traces one VM. While nobody does, its controller tells nothing. Guarded by the VM's gate.</summary>
internal sealed class VmTraces(string vmName, VirtualGic gic, ItsServerLimits limits)
{
    // What one entry may do before filters are asked: a batch of a stream with its lines, or of commands, is below.
    private const int EventsPerEntryMax = 65_536;

    private readonly List<TraceWatch> _watches = [];

    /// <summary>How many do.</summary>
    public int Count => _watches.Count;

    /// <summary>Whether anybody does.</summary>
    public bool AreAny => _watches.Count > 0;

    /// <summary>Begins with what happens next.</summary>
    /// <exception cref="RpcException">As many trace the VM as may.</exception>
    public void Add(TraceWatch watch)
    {
        if (_watches.Count >= limits.TracersPerVmMax)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.LimitExceeded, "", $"{_watches.Count} calls trace '{vmName}'")
            {
                Accepted = $"at most {limits.TracersPerVmMax} at a time",
            });
        }

        var tap = gic.Trace ??= new TraceTap(EventsPerEntryMax);
        watch.Begin(tap.TotalCount);
        _watches.Add(watch);
    }

    /// <summary>It wants to know no more.</summary>
    public void Remove(TraceWatch watch)
    {
        _watches.Remove(watch);
        gic.Trace = AreAny ? gic.Trace : null;
    }

    /// <summary>Notes what is done to the VM, in its place among the rest.</summary>
    public void Note(VmMoment moment) => gic.Trace?.NoteHost((int)moment);

    /// <summary>Tells what has happened since the last call, all of it as of now.</summary>
    public void Tell(TimeProvider time)
    {
        if (gic.Trace is not { } tap || (tap.Events.IsEmpty && tap.DroppedCount == 0))
        {
            return;
        }

        var now = time.GetUtcNow().UtcTicks;
        foreach (var watch in _watches)
        {
            watch.Take(tap.Events, tap.DroppedCount, now);
        }

        tap.Clear();
    }

    /// <summary>The VM has gone, or is stopped.</summary>
    public void End(RpcException reason) => _watches.ForEach(watch => watch.End(reason));
}

/// <summary>Begins to trace.</summary>
internal readonly struct BeginTraceOperation(TraceWatch watch) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        vm.Traces.Add(watch);
        return default;
    }
}
