using ItsService.Core;
using ItsService.Server.Memory;

namespace ItsService.Server.Specs;

/// <summary>A VM as its creator wants it, checked and complete.</summary>
/// <param name="Spec">With every default filled in. Nobody changes it: answers hold it while they are sent.</param>
/// <param name="Configuration">The controller's shape.</param>
/// <param name="Regions">Guest RAM; files of shared regions are opened before a VM has them.</param>
internal sealed record VmPlan(V1.VmSpec Spec, VirtualGicConfiguration Configuration, VmRegion[] Regions)
{
    /// <summary>Whether its creator says how many INTIDs there are.</summary>
    public bool NamesIntIdLines { get; init; }
}
