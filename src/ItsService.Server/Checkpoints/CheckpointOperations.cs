using ItsService.Core.State;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Specs;
using ItsService.Server.State;

namespace ItsService.Server.Checkpoints;

/// <summary>Asks whether a VM can take a checkpoint, before its memory is read.</summary>
internal readonly struct CheckFitOperation(string vmName, VmPlan plan, V1.SavedShape? shape) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        var problems = new RequestProblems(vmName);
        CheckpointFit.Check(vmName, vm, plan, shape, problems);
        problems.ThrowIfAny();
        return default;
    }
}

/// <summary>
/// Puts a checkpoint in place of a Paused VM's state and memory. The state is judged first, and is the last thing that
/// can be refused; the pages of the memory have been paid for.
/// </summary>
internal readonly struct RestoreCheckpointOperation(
    string vmName, VmPlan plan, bool hasOneRegionForAll, V1.SavedShape? shape, GicState state, HostedMemory memory)
    : IVmOperation<V1.StateSummary>
{
    public V1.StateSummary Run(VmContent vm)
    {
        new CheckFitOperation(vmName, plan, shape).Run(vm);
        var summary = new RestoreOperation(vmName, state).Run(vm);
        vm.Memory.Hosted.TakeOver(memory);
        vm.HasOneRegionForAll = hasOneRegionForAll;
        return summary;
    }
}
