using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>A VM whose redistributors have places for some of its vCPUs alone does not run.</summary>
internal static class RedistributorPlaces
{
    /// <summary>That there are too few; null when there are enough, or none at all.</summary>
    public static Problem? WhyTooFew(VmContent vm)
    {
        var placeCount = vm.Gic.Layout.RedistributorRegions.Sum(region => region.Count);
        var vcpuCount = vm.Gic.VcpuCount;
        return placeCount == 0 || placeCount >= vcpuCount
            ? null
            : new Problem(
                V1.ErrorReason.FrameNotPlaced,
                "spec.redistributor_regions",
                $"there are places for {placeCount} redistributors, and {vcpuCount} vCPUs")
            {
                Accepted = $"counts that add up to {vcpuCount} or more",
                Errno = Errno.NoSuchRegister,
            };
    }
}
