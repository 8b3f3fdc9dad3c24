using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Runs some of the commands that are in flight, and saves when none is left: null until then. The VM's guests and
/// devices wait outside.
/// </summary>
/// <param name="order">How.</param>
/// <param name="terms">What the save is held to; null for nothing.</param>
internal readonly struct DrainOperation(SaveOrder order, SaveTerms? terms) : IVmOperation<SavedMoment?>
{
    private const int SliceCommandCount = 256;

    public SavedMoment? Run(VmContent vm)
    {
        if (InFlightCommands.FirstStalledIts(vm.Gic) is { } its)
        {
            throw Refusal.Of($"{order.VmName}/its/{its}", new Problem(
                V1.ErrorReason.QueueStalled, "in_flight", $"the queue of ITS {its} is stalled and does not end")
            {
                Accepted = "CARRY",
            });
        }

        if (InFlightCommands.CountOf(vm.Gic) > 0)
        {
            StepOperation.Run(vm, SliceCommandCount);
        }

        if (InFlightCommands.CountOf(vm.Gic) > 0)
        {
            return null;
        }

        terms?.TakeTurn();
        return new SaveOperation(order).Run(vm);
    }
}
