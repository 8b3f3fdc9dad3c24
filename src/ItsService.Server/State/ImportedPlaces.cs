using ItsService.Core;
using ItsService.Server.Attributes;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Places of frames from a list that is imported. A frame that has its place must have the list's; one that has none is
/// given it, and loses it again if the list is refused.
/// </summary>
internal sealed class ImportedPlaces(VmContent vm)
{
    private readonly FrameLayout _layoutBefore = vm.Gic.Layout;
    private readonly V1.VmSpec _specBefore = vm.Spec;
    private readonly bool _hadOneRegionForAll = vm.HasOneRegionForAll;

    /// <summary>Takes one from the list.</summary>
    public AttributeAnswer Set(ImportedAttribute attribute) =>
        IsThere(attribute) ? AttributeAnswer.Done() : FrameAddresses.Set(vm, attribute.Place, attribute.Value);

    /// <summary>Puts back what was there before.</summary>
    public void TakeBack()
    {
        if (!ReferenceEquals(vm.Gic.Layout, _layoutBefore))
        {
            vm.Place(_layoutBefore);
            (vm.Spec, vm.HasOneRegionForAll) = (_specBefore, _hadOneRegionForAll);
        }
    }

    // Of a region, the value says which one, too.
    private bool IsThere(ImportedAttribute attribute) =>
        FrameAddresses.Get(vm, attribute.Place, attribute.Value) is { Problems.Count: 0 } present
        && present.Value == attribute.Value;
}
