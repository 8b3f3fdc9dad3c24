using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Specs;

namespace ItsService.Server.Attributes;

/// <summary>
/// The group ADDR: where frames lie. A place that was left open is set once, in either run state. What is wrong is told
/// in KVM's order: set already, misaligned, past the end, too big an address, over something else.
/// </summary>
internal static class FrameAddresses
{
    private const string ValueField = "value";
    private const ulong NotSet = ulong.MaxValue;

    /// <summary>Whether there is such a kind of frame.</summary>
    public static AttributeAnswer Find(AttributePlace place) =>
        IsKnown(place) ? AttributeAnswer.Done() : Unknown(place, Errno.NoSuchRegister);

    /// <summary>Where it lies; all ones while it has no place.</summary>
    public static AttributeAnswer Get(FrameLayout layout, AttributePlace place, ulong value) => place.Attr switch
    {
        _ when !IsKnown(place) => Unknown(place, ErrnoOfUnknown(place)),
        AddressAttribute.Its => Told(layout.ItsBases.ElementAtOrDefault(place.ItsNumber)),
        AddressAttribute.Distributor => Told(layout.Distributor),
        AddressAttribute.Redistributors =>
            Told(layout.RedistributorRegions.Count > 0 ? layout.RedistributorRegions[0].Base : null),
        _ => RedistributorRegions.Get(layout, value),
    };

    /// <summary>Gives it a place, which the VM has from then on.</summary>
    public static AttributeAnswer Set(VmContent vm, AttributePlace place, ulong value)
    {
        var places = FramePlaces.Of(vm);
        var answer = Set(places, place, value);
        places.GiveTo(vm);
        return answer;
    }

    /// <summary>Gives it a place.</summary>
    public static AttributeAnswer Set(FramePlaces places, AttributePlace place, ulong value) => place.Attr switch
    {
        _ when !IsKnown(place) => Unknown(place, ErrnoOfUnknown(place)),
        AddressAttribute.Its => SetIts(places, place.ItsNumber, value),
        AddressAttribute.Distributor => SetDistributor(places, value),
        AddressAttribute.Redistributors => RedistributorRegions.SetOneForAll(places, value),
        _ => RedistributorRegions.SetNext(places, value),
    };

    /// <summary>Why a frame, or a region of them, cannot lie there; null when it can.</summary>
    public static Problem? WhyNot(FramePlaces places, ulong address, ulong sizeBytes, string what)
    {
        var problems = new RequestProblems("");
        var ranges = new AddressRanges();
        ranges.AddFrames(places.Layout);
        foreach (var region in places.Regions)
        {
            ranges.Add(new AddressRanges.Entry(region.Range, "", "a memory region"));
        }

        FrameReader.Place(address, sizeBytes, ValueField, what, ranges, problems);
        ranges.ReportOverlaps(problems);
        return problems.Count > 0 ? problems.Kept[0] : null;
    }

    /// <summary>A frame keeps the place that it has.</summary>
    public static AttributeAnswer Placed(string what, GuestAddress start) => AttributeAnswer.Refused(
        new Problem(V1.ErrorReason.AlreadyPlaced, ValueField, $"{what} lies at 0x{start.Value:X} and stays there")
        {
            Errno = Errno.Exists,
        });

    private static AttributeAnswer SetIts(FramePlaces places, int number, ulong value)
    {
        var layout = places.Layout;
        var what = $"ITS {number}";
        if (layout.ItsBases.ElementAtOrDefault(number) is { } present)
        {
            return Placed(what, present);
        }

        if (WhyNot(places, value, GitsMap.FrameSizeBytes, what) is { } problem)
        {
            return AttributeAnswer.Refused(problem);
        }

        var bases = new GuestAddress?[places.ItsCount];
        for (var other = 0; other < layout.ItsBases.Count; other++)
        {
            bases[other] = layout.ItsBases[other];
        }

        bases[number] = new GuestAddress(value);
        places.Layout = layout with { ItsBases = bases };
        return AttributeAnswer.Done();
    }

    private static AttributeAnswer SetDistributor(FramePlaces places, ulong value)
    {
        const string What = "the distributor";
        var layout = places.Layout;
        if (layout.Distributor is { } present)
        {
            return Placed(What, present);
        }

        if (WhyNot(places, value, GicdMap.FrameSizeBytes, What) is { } problem)
        {
            return AttributeAnswer.Refused(problem);
        }

        places.Layout = layout with { Distributor = new GuestAddress(value) };
        return AttributeAnswer.Done();
    }

    private static bool IsKnown(AttributePlace place) => place.Its is null
        ? place.Attr is AddressAttribute.Distributor or AddressAttribute.Redistributors
            or AddressAttribute.RedistributorRegion
        : place.Attr == AddressAttribute.Its;

    // An ITS says that it is another device's; but asked whether there is one, that there is none.
    private static uint ErrnoOfUnknown(AttributePlace place) =>
        place.Its is null ? Errno.NoSuchRegister : Errno.OtherDevice;

    private static AttributeAnswer Unknown(AttributePlace place, uint errno) => place.Its is null
        ? AttributeAnswer.Unknown(
            $"the controller has no place {place.Attr}",
            "2 the distributor, 3 the redistributors or 5 a region of redistributors",
            errno)
        : AttributeAnswer.Unknown($"an ITS has no place {place.Attr}", "4 the ITS", errno);

    private static AttributeAnswer Told(GuestAddress? start) => AttributeAnswer.Done(start?.Value ?? NotSet);
}
