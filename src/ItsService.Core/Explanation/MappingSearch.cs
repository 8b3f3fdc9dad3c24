using System.Collections.Immutable;
using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Explanation;

/// <summary>
/// Which events map an LPI. Nothing leads from an LPI back to its events, so they are looked through, but not more of
/// them than a look may take.
/// </summary>
internal static class MappingSearch
{
    /// <summary>The most events that are told.</summary>
    private const int FoundMax = 4;

    /// <summary>The most events that are looked at: a few milliseconds.</summary>
    private const int LookedAtMax = 1 << 18;

    public static (ImmutableArray<MappedEvent> Found, bool IsCut) Find(GicParts parts, IntId lpi, LpiRecord record)
    {
        var found = ImmutableArray.CreateBuilder<MappedEvent>();
        var left = LookedAtMax;
        // As a rule one event maps it, and the record tells through which ITS.
        foreach (var service in parts.Services.OrderByDescending(service => service.Number == record.Its))
        {
            foreach (var device in service.Devices.InOrder())
            {
                left--;
                foreach (var mapped in device.Value.Events.InOrder())
                {
                    if (mapped.Value.Lpi == lpi)
                    {
                        found.Add(new MappedEvent(service.Number, device.Value.Id, new EventId(mapped.Key)));
                    }

                    if (found.Count == (record.IsShared ? FoundMax : 1))
                    {
                        return (found.ToImmutable(), IsCut: record.IsShared);
                    }

                    if (--left <= 0)
                    {
                        return (found.ToImmutable(), IsCut: true);
                    }
                }
            }
        }

        return (found.ToImmutable(), IsCut: false);
    }
}
