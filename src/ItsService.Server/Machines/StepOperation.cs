using ItsService.Core;

namespace ItsService.Server.Machines;

/// <summary>Runs commands that a register write left waiting.</summary>
internal readonly struct StepOperation(int commandCount) : IVmOperation<StepResult>
{
    public StepResult Run(VmContent vm)
    {
        var result = vm.Gic.Step(commandCount);
        AccessEnd.MustBeDone(result.Status);
        return result;
    }
}
