using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Server.Machines;

namespace ItsService.Server.Attributes;

/// <summary>
/// Where a VM's frames lie and may lie: judged place by place here, and given to the VM when that is over. Until then
/// nobody sees a place that may be taken back.
/// </summary>
internal sealed class FramePlaces
{
    private readonly FrameLayout _before;

    private FramePlaces(VmContent vm)
    {
        _before = vm.Gic.Layout;
        (Layout, HasOneRegionForAll) = (_before, vm.HasOneRegionForAll);
        (ItsCount, VcpuCount, Regions) = (vm.Gic.ItsCount, vm.Gic.VcpuCount, vm.Memory.Places);
    }

    /// <summary>Where the frames lie.</summary>
    public FrameLayout Layout { get; set; }

    /// <summary>Whether the redistributors were given one region for all of them (REDIST).</summary>
    public bool HasOneRegionForAll { get; set; }

    /// <summary>How many ITSs there are.</summary>
    public int ItsCount { get; }

    /// <summary>How many vCPUs there are.</summary>
    public int VcpuCount { get; }

    /// <summary>The guest's memory, over which no frame lies.</summary>
    public IReadOnlyList<MemoryRegion> Regions { get; }

    /// <summary>Those that the VM has.</summary>
    public static FramePlaces Of(VmContent vm) => new(vm);

    /// <summary>Gives them to the VM, if they are others.</summary>
    public void GiveTo(VmContent vm)
    {
        if (!ReferenceEquals(Layout, _before))
        {
            vm.Place(Layout);
            vm.HasOneRegionForAll = HasOneRegionForAll;
        }
    }
}
