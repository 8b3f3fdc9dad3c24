using ItsService.Core.Identifiers;
using ItsService.Server.Memory.Remote;

namespace ItsService.Server.Machines;

/// <summary>Runs commands that a register write left waiting.</summary>
internal readonly struct StepOperation(int commandCount) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        Run(vm, commandCount);
        return default;
    }

    /// <summary>The same for who does more.</summary>
    public static void Run(VmContent vm, int commandCount)
    {
        if (!vm.Memory.HasRemote)
        {
            var result = vm.Gic.Step(commandCount);
            AccessEnd.MustBeDone(result.Status, result.Missing);
            return;
        }

        // One at a time: what was brought for a command is of the time when it was next, and not for the one behind it.
        for (var left = commandCount; left > 0 && vm.Gic.HasRunnableCommands; left--)
        {
            var next = NextCommands(vm);
            var result = vm.Gic.Step(1);
            if (result.ExecutedCount > 0 && vm.Memory.Remote.Fetched is { } fetched)
            {
                fetched.ForgetPages();
                ForgetExecuted(vm, next, fetched);
            }

            AccessEnd.MustBeDone(result.Status, result.Missing);
        }
    }

    private static GuestAddress[] NextCommands(VmContent vm)
    {
        var next = new GuestAddress[vm.Gic.ItsCount];
        for (var its = 0; its < next.Length; its++)
        {
            next[its] = vm.Gic.WaitingCommands(its).Start;
        }

        return next;
    }

    private static void ForgetExecuted(VmContent vm, GuestAddress[] before, FetchedMemory fetched)
    {
        for (var its = 0; its < before.Length; its++)
        {
            if (vm.Gic.WaitingCommands(its).Start != before[its])
            {
                fetched.ForgetCommandsThrough(before[its]);
            }
        }
    }
}
