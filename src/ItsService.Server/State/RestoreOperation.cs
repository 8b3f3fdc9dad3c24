using ItsService.Core;
using ItsService.Core.State;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>Puts a state in place of a Paused VM's.</summary>
internal readonly struct RestoreOperation(string vmName, GicState state) : IVmOperation<V1.StateSummary>
{
    public V1.StateSummary Run(VmContent vm)
    {
        RefuseUnlessPaused(vmName, vm);
        var problems = new RequestProblems(vmName);
        foreach (var (path, message) in vm.Gic.Persistence.Restore(state))
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, path, message) { Errno = Errno.InvalidValue });
        }

        problems.ThrowIfAny();
        return SavedMoment.Summarize(state, InFlightCommands.CountOf(vm.Gic));
    }

    /// <summary>Only a VM that is Paused is given a state.</summary>
    public static void RefuseUnlessPaused(string vmName, VmContent vm)
    {
        if (vm.Gic.State != RunState.Paused)
        {
            throw Refusal.Of(vmName, NotPaused(vmName));
        }
    }

    /// <summary>A VM that runs is not restored.</summary>
    public static Problem NotPaused(string vmName) =>
        new(V1.ErrorReason.WrongState, "", $"'{vmName}' runs, or a save lets it end its queues")
        {
            Accepted = "a VM that is Paused",
            Errno = Errno.Running,
        };
}
