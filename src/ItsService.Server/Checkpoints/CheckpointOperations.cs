using ItsService.Core.State;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.State;

namespace ItsService.Server.Checkpoints;

/// <summary>Asks whether a VM can take a checkpoint, before its memory is read.</summary>
internal readonly struct CheckFitOperation(string vmName, V1.VmSpec spec, V1.SavedShape? shape) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        var problems = new RequestProblems(vmName);
        CheckpointFit.Check(vmName, vm, spec, shape, problems);
        problems.ThrowIfAny();
        return default;
    }
}

/// <summary>
/// Puts a checkpoint in place of a Paused VM's state and memory. The state is judged first, and is the last thing that
/// can be refused; the pages of the memory have been paid for.
/// </summary>
internal readonly struct RestoreCheckpointOperation(
    string vmName, V1.SavedCheckpoint checkpoint, V1.SavedShape? shape, GicState state, HostedMemory memory)
    : IVmOperation<V1.StateSummary>
{
    public V1.StateSummary Run(VmContent vm)
    {
        new CheckFitOperation(vmName, checkpoint.Spec, shape).Run(vm);
        var summary = new RestoreOperation(vmName, state).Run(vm);
        vm.Memory.TakeOver(memory);
        vm.HasOneRegionForAll = checkpoint.OneRedistributorRegionForAll;
        return summary;
    }
}
