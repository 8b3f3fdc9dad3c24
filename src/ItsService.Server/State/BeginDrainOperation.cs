using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Lets the commands of a VM run, be it Paused or not. What is staged comes into force first, where Resume would let
/// it.
/// </summary>
internal readonly struct BeginDrainOperation(string vmName) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        if (vm.Gic.State == RunState.Paused)
        {
            if (RedistributorPlaces.WhyTooFew(vm) is { } problem)
            {
                throw Refusal.Of(vmName, problem);
            }

            InitAwaited.RefuseWhile(vmName, vm);
            SaveOperation.RefuseUnlessDone(vmName, vm.Gic.Resume());
        }

        return default;
    }
}
