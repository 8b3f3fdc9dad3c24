using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Tracing;

namespace ItsService.Server.Machines;

/// <summary>
/// Brings into force what was staged while the VM was Paused, and lets the controller run; or tells all that stands
/// against it, and then nothing has changed. Places come first, and INIT: without them the rest is not looked at.
/// </summary>
/// <param name="isPaused">
/// Whether guests and devices wait outside. They do, too, where a save lets the controller end its queues.
/// </param>
internal readonly struct ResumeOperation(bool isPaused) : IVmOperation<FoundProblems>
{
    public FoundProblems Run(VmContent vm)
    {
        if (!isPaused)
        {
            return FoundProblems.None;
        }

        return RedistributorPlaces.WhyTooFew(vm) is { } tooFew ? FoundProblems.One(tooFew)
            : InitAwaited.Problem(vm) is { } awaited ? FoundProblems.One(awaited)
            : vm.Gic.State == RunState.Running ? FoundProblems.None
            : Resume(vm);
    }

    private static FoundProblems Resume(VmContent vm)
    {
        var problems = CommitProblems.Of(vm.Gic.Resume());
        if (vm.Gic.State == RunState.Running)
        {
            vm.Traces.Note(VmMoment.Resumed);
        }

        return problems;
    }
}
