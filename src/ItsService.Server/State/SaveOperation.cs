using ItsService.Core;
using ItsService.Core.GuestTables;
using ItsService.Core.Userspace;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Saves, in either run state, which is the same afterwards: nobody else is in the gate meanwhile, so nobody sees the
/// VM stopped. What is staged in a Paused VM comes into force with it; a save that is refused leaves it staged, but for
/// one that is found too large afterwards, or whose room is used up by the tables that it writes.
/// </summary>
internal readonly struct SaveOperation(SaveOrder order) : IVmOperation<SavedMoment>
{
    private const string WithoutTables = "a save with omit_tables set";

    public SavedMoment Run(VmContent vm)
    {
        InitAwaited.RefuseWhile(order.VmName, vm);
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

        using var room = order.TakesMachine ? SavedMachine.RoomFor(vm, order.VmName) : null;

        // With nothing staged it is the tables that stand in the way.
        var userspace = gic.Userspace;
        var wayOut = order.WritesTables && !userspace.HasStaged ? WithoutTables : "";
        RefuseUnlessDone(
            order.VmName, order.WritesTables ? userspace.SaveAllTables() : userspace.Commit(), wayOut);
        return SavedMoment.Of(vm, order.VmName, room);
    }

    /// <summary>Refuses a save with what stands in the way of the state that is staged, or of the tables.</summary>
    /// <param name="vmName">"vms/{vm}".</param>
    /// <param name="result">What has become of it.</param>
    /// <param name="accepted">What would be done instead.</param>
    public static void RefuseUnlessDone(string vmName, CommitResult result, string accepted = "")
    {
        var problems = CommitProblems.Of(result, problem => ToProblem(problem, accepted));
        if (problems.Count > 0)
        {
            throw Refusal.Of(vmName, problems.Listed, problems.Count);
        }
    }

    private static Problem ToProblem(RestoreProblem problem, string accepted) =>
        CommitProblems.IsRoomUsedUp(problem)
            ? CommitProblems.RoomUsedUp(problem) with { Accepted = accepted }
            : new Problem(V1.ErrorReason.NotSaveable, problem.Path, problem.Message)
            {
                Accepted = accepted,
                Errno = problem.Kind switch
                {
                    RestoreProblemKind.NotInRam => Errno.NotInRam,
                    RestoreProblemKind.Twice => Errno.Exists,
                    _ => Errno.InvalidValue,
                },
            };
}
