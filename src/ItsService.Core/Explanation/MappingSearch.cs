using System.Collections.Immutable;
using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;
using ItsService.Core.Tables;

namespace ItsService.Core.Explanation;

/// <summary>
/// Which events map an LPI. Nothing leads from an LPI back to its events, so they are looked through, but not more of
/// them than a look may take.
/// </summary>
internal static class MappingSearch
{
    /// <summary>The most events that are told.</summary>
    private const int FoundMax = 4;

    /// <summary>The most devices and events that are looked at: a few milliseconds.</summary>
    internal const int LookedAtMax = 1 << 18;

    public static (ImmutableArray<MappedEvent> Found, bool IsCut) Find(GicParts parts, IntId lpi, LpiRecord record)
    {
        var found = ImmutableArray.CreateBuilder<MappedEvent>();
        var wanted = record.IsShared ? FoundMax : 1;
        var left = LookedAtMax;
        // As a rule one event maps it, and the record tells through which ITS.
        foreach (var service in parts.Services.OrderByDescending(service => service.Number == record.Its))
        {
            foreach (var device in service.Devices.InAnyOrder())
            {
                left = Find(service.Number, device.Value, lpi, found, wanted, left - 1);
                if (found.Count == wanted || left <= 0)
                {
                    return (InOrder(found), IsCut: record.IsShared || found.Count < wanted);
                }
            }
        }

        return (InOrder(found), IsCut: false);
    }

    // Returns how many events may still be looked at.
    private static int Find(
        int its, MappedDevice device, IntId lpi, ImmutableArray<MappedEvent>.Builder found, int wanted, int left)
    {
        foreach (var mapped in device.Events.InAnyOrder())
        {
            if (left <= 0)
            {
                break;
            }

            left--;
            if (mapped.Value.Lpi == lpi)
            {
                found.Add(new MappedEvent(its, device.Id, new EventId(mapped.Key)));
                if (found.Count == wanted)
                {
                    break;
                }
            }
        }

        return left;
    }

    private static ImmutableArray<MappedEvent> InOrder(ImmutableArray<MappedEvent>.Builder found) =>
        [.. found.OrderBy(one => one.Its).ThenBy(one => one.Device.Value).ThenBy(one => one.Event.Value)];
}
