using ItsService.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>
/// Brings into force what was staged while the VM was Paused, and lets the controller run; or tells all that stands
/// against it, and then nothing has changed. Places come first: without them the rest is not looked at.
/// </summary>
internal readonly struct ResumeOperation : IVmOperation<IReadOnlyList<Problem>>
{
    public IReadOnlyList<Problem> Run(VmContent vm)
    {
        if (vm.Gic.State == RunState.Running)
        {
            return [];
        }

        var placeCount = vm.Gic.Layout.RedistributorRegions.Sum(region => region.Count);
        return placeCount > 0 && placeCount < vm.Gic.VcpuCount
            ? [TooFewPlaces(placeCount, vm.Gic.VcpuCount)]
            : CommitProblems.Of(vm.Gic.Resume());
    }

    private static Problem TooFewPlaces(int placeCount, int vcpuCount) =>
        new(
            V1.ErrorReason.FrameNotPlaced,
            "spec.redistributor_regions",
            $"there are places for {placeCount} redistributors, and {vcpuCount} vCPUs")
        {
            Accepted = $"counts that add up to {vcpuCount} or more",
            Errno = Errno.NoSuchRegister,
        };
}
