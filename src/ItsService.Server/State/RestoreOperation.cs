using ItsService.Core;
using ItsService.Core.State;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Tracing;

namespace ItsService.Server.State;

/// <summary>Puts a state in place of a Paused VM's.</summary>
internal readonly struct RestoreOperation(string vmName, GicState state) : IVmOperation<V1.StateSummary>
{
    public V1.StateSummary Run(VmContent vm)
    {
        RefuseUnlessReady(vmName, vm);
        var problems = new RequestProblems(vmName);
        foreach (var problem in vm.Gic.Persistence.Restore(state))
        {
            if (problem.UnlistedCount > 0)
            {
                problems.AddUnlisted(problem.UnlistedCount);
                continue;
            }

            problems.Add(new Problem(V1.ErrorReason.OutOfRange, problem.Path, problem.Message)
            {
                Errno = Errno.InvalidValue,
            });
        }

        problems.ThrowIfAny();
        vm.Sessions.TellRestored();
        vm.Traces.Note(VmMoment.Restored);
        vm.Stalls.NoteRestored();
        return SavedMoment.Summarize(state, InFlightCommands.CountOf(vm.Gic));
    }

    /// <summary>Only a VM that is Paused, and waits for nothing, is given a state.</summary>
    public static void RefuseUnlessReady(string vmName, VmContent vm)
    {
        InitAwaited.RefuseWhile(vmName, vm);
        if (vm.Gic.State != RunState.Paused)
        {
            throw Refusal.Of(vmName, NotPaused(vmName, vm));
        }
    }

    /// <summary>What is to say of a VM that is not.</summary>
    public static Problem NotPaused(string vmName, VmContent vm) =>
        new(
            V1.ErrorReason.WrongState,
            "",
            vm.Hold is null ? $"'{vmName}' runs" : $"a save is draining the command queues of '{vmName}'")
        {
            Accepted = "a VM that is Paused",
            Errno = Errno.Busy,
        };
}
