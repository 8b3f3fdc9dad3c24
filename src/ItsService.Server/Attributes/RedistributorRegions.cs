using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Server.Errors;

namespace ItsService.Server.Attributes;

/// <summary>
/// Where the redistributors lie: in one region for all vCPUs (REDIST), or in several that are set one after another
/// (REDIST_REGION). A VM has the one kind or the other.
/// </summary>
internal static class RedistributorRegions
{
    private const string ValueField = "value";

    /// <summary>The region that the value's index names, described as it is set.</summary>
    public static AttributeAnswer Get(FrameLayout layout, ulong value)
    {
        var index = (int)RegionDescriptor.IndexOf(value);
        var regions = layout.RedistributorRegions;
        return index < regions.Count
            ? AttributeAnswer.Done(RegionDescriptor.Of(regions[index], index))
            : AttributeAnswer.Refused(new Problem(
                V1.ErrorReason.NoFrame, ValueField, $"there is no redistributor region {index}")
            {
                Accepted = regions.Count == 0 ? "none is set" : $"0..{regions.Count - 1} in bits [11:0]",
                Errno = Errno.NoSuchRegion,
            });
    }

    /// <summary>Sets one region for all.</summary>
    public static AttributeAnswer SetOneForAll(FramePlaces places, ulong value)
    {
        const string What = "the redistributors' region";
        var layout = places.Layout;
        if (layout.RedistributorRegions.Count > 0)
        {
            return places.HasOneRegionForAll
                ? FrameAddresses.Placed(What, layout.RedistributorRegions[0].Base)
                : Invalid("there are redistributor regions already, beside which there is none for all vCPUs");
        }

        var count = places.VcpuCount;
        if (FrameAddresses.WhyNot(places, value, (ulong)count * GicrMap.FrameSizeBytes, What) is { } problem)
        {
            return AttributeAnswer.Refused(problem);
        }

        places.Layout = layout with
        {
            RedistributorRegions = [new RedistributorRegion(new GuestAddress(value), count)],
        };
        places.HasOneRegionForAll = true;
        return AttributeAnswer.Done();
    }

    /// <summary>Sets the next of several.</summary>
    public static AttributeAnswer SetNext(FramePlaces places, ulong value)
    {
        var regions = places.Layout.RedistributorRegions;
        var descriptor = new RegionDescriptor(value);
        if (WhyNotNext(places, descriptor, regions.Count) is var (message, accepted))
        {
            return Invalid(message, accepted);
        }

        var sizeBytes = (ulong)descriptor.Count * GicrMap.FrameSizeBytes;
        if (FrameAddresses.WhyNot(places, descriptor.Base, sizeBytes, $"redistributor region {descriptor.Index}")
            is { } problem)
        {
            return AttributeAnswer.Refused(problem);
        }

        places.Layout = places.Layout with
        {
            RedistributorRegions =
                [.. regions, new RedistributorRegion(new GuestAddress(descriptor.Base), (int)descriptor.Count)],
        };
        return AttributeAnswer.Done();
    }

    private static (string Message, string Accepted)? WhyNotNext(
        FramePlaces places, RegionDescriptor descriptor, int regionCount)
    {
        if (descriptor.Count == 0)
        {
            return ("a region of no redistributors", $"1..{VirtualGicConfiguration.VcpuCountMax} in bits [63:52]");
        }

        if (descriptor.Flags != 0)
        {
            return ($"flags 0x{descriptor.Flags:X} in bits [15:12], where there are none", "0 in bits [15:12]");
        }

        if (places.HasOneRegionForAll)
        {
            return ("the redistributors have one region for all vCPUs, beside which there is no other", "");
        }

        if (descriptor.Index != regionCount)
        {
            return ($"index {descriptor.Index}, and the next region is {regionCount}", $"{regionCount} in bits [11:0]");
        }

        return regionCount >= VirtualGicConfiguration.VcpuCountMax
            ? ($"there are {regionCount} regions, the most that a VM has", "")
            : null;
    }

    private static AttributeAnswer Invalid(string message, string accepted = "") => AttributeAnswer.Refused(
        new Problem(V1.ErrorReason.OutOfRange, ValueField, message)
        {
            Accepted = accepted,
            Errno = Errno.InvalidValue,
        });
}
