using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Attributes;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>
/// Places of frames from a list that is imported. A frame that has its place must have the list's; one that has none is
/// given it.
/// </summary>
internal readonly struct ImportedPlaces(FramePlaces places)
{
    /// <summary>
    /// The places of a list, in an order in which they can be set: regions of redistributors one after another.
    /// </summary>
    public static IEnumerable<ImportedAttribute> Of(IEnumerable<ImportedAttribute> list) =>
        list.Where(attribute => attribute.Place.Group == AttributeGroup.Address)
            .OrderBy(attribute => IsRegion(attribute) ? RegionDescriptor.IndexOf(attribute.Value) : 0);

    /// <summary>Takes one from the list.</summary>
    public AttributeAnswer Set(ImportedAttribute attribute)
    {
        var (place, value) = (attribute.Place, attribute.Value);
        var regions = places.Layout.RedistributorRegions;
        return place switch
        {
            { Its: null, Attr: AddressAttribute.Redistributors } when regions.Count > 0 =>
                IsOneForAll(value) ? AttributeAnswer.Done() : AttributeAnswer.Refused(RegionsStay(regions)),
            { Its: null, Attr: AddressAttribute.RedistributorRegion }
                when (int)RegionDescriptor.IndexOf(value) is var index && index < regions.Count =>
                RegionDescriptor.Of(regions[index], index) == value
                    ? AttributeAnswer.Done()
                    : AttributeAnswer.Refused(RegionsStay(regions)),
            _ => IsThere(place, value) ? AttributeAnswer.Done() : FrameAddresses.Set(places, place, value),
        };
    }

    private static bool IsRegion(ImportedAttribute attribute) =>
        attribute.Place is { Its: null, Attr: AddressAttribute.RedistributorRegion };

    /// <summary>Whether all redistributors lie one behind the other from there on, as REDIST says.</summary>
    private bool IsOneForAll(ulong start) =>
        places.Layout.RedistributorRegions is [var only]
        && only.Base == new GuestAddress(start) && only.Count >= places.VcpuCount;

    private static Problem RegionsStay(IReadOnlyList<RedistributorRegion> regions)
    {
        const int ShownMax = 4;
        var shown = regions.Take(ShownMax).Select(region => $"{region.Count} at 0x{region.Base.Value:X}");
        var more = regions.Count > ShownMax ? $" and in {regions.Count - ShownMax} more regions" : "";
        return new Problem(
            V1.ErrorReason.AlreadyPlaced,
            "value",
            $"the redistributors have their places, {string.Join(", ", shown)}{more}, and stay there")
        {
            Errno = Errno.Exists,
        };
    }

    private bool IsThere(AttributePlace place, ulong value) =>
        FrameAddresses.Get(places.Layout, place, value) is { Problems.Count: 0 } present && present.Value == value;
}
