using Grpc.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Watching;

/// <summary>Who watches the lines of one VM. Guarded by its gate.</summary>
internal sealed class VcpuWatches(string vmName, ItsServerLimits limits)
{
    private readonly List<VcpuWatch> _watches = [];

    /// <summary>Whether anybody does.</summary>
    public bool AreAny => _watches.Count > 0;

    /// <summary>Begins with all lines as they are.</summary>
    /// <exception cref="RpcException">As many watch as may.</exception>
    public void Add(VcpuWatch watch, VmContent vm)
    {
        if (_watches.Count >= limits.VcpuWatchesPerVmMax)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.LimitExceeded, "", $"{_watches.Count} calls watch the vCPUs of '{vmName}'")
            {
                Accepted = $"at most {limits.VcpuWatchesPerVmMax} at a time",
            });
        }

        vm.Lines.Collect();
        for (var vcpu = 0; vcpu < vm.Gic.VcpuCount; vcpu++)
        {
            watch.Note(vm.Gic.GetLine(new VcpuIndex(vcpu)));
        }

        _watches.Add(watch);
    }

    /// <summary>It wants to know no more.</summary>
    public void Remove(VcpuWatch watch) => _watches.Remove(watch);

    /// <summary>Tells what has changed.</summary>
    public void Tell(List<VcpuLine> lines)
    {
        foreach (var watch in _watches)
        {
            foreach (var line in lines)
            {
                watch.Note(line);
            }
        }
    }

    /// <summary>The VM has gone, or is stopped.</summary>
    public void End(RpcException reason) => _watches.ForEach(watch => watch.End(reason));
}

/// <summary>Begins to watch.</summary>
internal readonly struct BeginWatchOperation(VcpuWatch watch) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        vm.Watches.Add(watch, vm);
        return default;
    }
}

/// <summary>Which vCPUs a request watches.</summary>
internal static class WatchedVcpus
{
    /// <summary>From a request; all where it names none.</summary>
    public static bool[] Read(VmHost vm, V1.WatchVcpusRequest request)
    {
        var isWatched = new bool[vm.Shape.Affinities.Count];
        if (request.Vcpus.Count == 0)
        {
            Array.Fill(isWatched, true);
            return isWatched;
        }

        var problems = new RequestProblems(vm.Name);
        for (var index = 0; index < request.Vcpus.Count; index++)
        {
            var vcpu = request.Vcpus[index];
            Accesses.IndexCheck.Check(
                vcpu, isWatched.Length, "vCPU", Accesses.FieldPath.Request, $"vcpus[{index}]", problems);
            if (vcpu < isWatched.Length)
            {
                isWatched[vcpu] = true;
            }
        }

        problems.ThrowIfAny();
        return isWatched;
    }
}
