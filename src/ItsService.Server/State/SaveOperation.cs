using ItsService.Core;
using ItsService.Core.GuestTables;
using ItsService.Core.Userspace;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Saves, in either run state, which is the same afterwards: nobody else is in the gate meanwhile, so nobody sees the
/// VM stopped. What is staged in a Paused VM comes into force with it; a save that is refused leaves it staged.
/// </summary>
internal readonly struct SaveOperation(SaveOrder order) : IVmOperation<SavedMoment>
{
    public SavedMoment Run(VmContent vm)
    {
        var wasRunning = vm.Gic.State == RunState.Running;
        vm.Gic.Pause();
        try
        {
            return Save(vm);
        }
        finally
        {
            if (wasRunning)
            {
                // Nothing can be staged in a VM that ran, so nothing stands in the way.
                vm.Gic.Resume();
            }
        }
    }

    private SavedMoment Save(VmContent vm)
    {
        var gic = vm.Gic;
        if (order.RefusesInFlight && InFlightCommands.CountOf(gic) is > 0 and var count)
        {
            throw Refusal.Of(order.VmName, new Problem(
                V1.ErrorReason.CommandsInFlight, "in_flight", $"{count} commands wait in the queues of its ITSs")
            {
                Accepted = "CARRY or DRAIN",
            });
        }

        var userspace = gic.Userspace;
        RefuseUnlessDone(order.VmName, order.WritesTables ? userspace.SaveAllTables() : userspace.Commit());
        return SavedMoment.Of(vm, order);
    }

    /// <summary>Refuses a save with what stands in the way of the state that is staged, or of the tables.</summary>
    public static void RefuseUnlessDone(string vmName, CommitResult result)
    {
        AccessEnd.MustBeDone(result.Status);
        if (!result.IsDone)
        {
            throw Refusal.Of(vmName, [.. result.Problems.Select(ToProblem)], result.Problems.Count);
        }
    }

    private static Problem ToProblem(RestoreProblem problem) =>
        new(V1.ErrorReason.NotSaveable, problem.Path, problem.Message)
        {
            Errno = problem.Kind switch
            {
                RestoreProblemKind.NotInRam => Errno.NotInRam,
                RestoreProblemKind.Twice => Errno.Exists,
                _ => Errno.InvalidValue,
            },
        };
}
