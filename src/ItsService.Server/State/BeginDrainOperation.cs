using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>Lets the commands of a VM run, be it Paused or not. What is staged comes into force first.</summary>
internal readonly struct BeginDrainOperation(string vmName) : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        SaveOperation.RefuseUnlessDone(vmName, vm.Gic.Resume());
        return default;
    }
}
