using System.Collections.Immutable;
using ItsService.Core.State;
using ItsService.Core.Tables;

namespace ItsService.Core.Redistributors;

/// <summary>
/// Which collection an LPI was given last, as far as its events do not tell. As a rule they do: one event maps the LPI,
/// and the collection is that event's.
/// </summary>
internal static class LpiOwners
{
    public static ImmutableArray<LpiOwnerState> Save(GicParts parts)
    {
        SortedDictionary<uint, LpiOwnerState>? untold = null;
        foreach (var service in parts.Services)
        {
            foreach (var device in service.Devices.InOrder())
            {
                foreach (var mapped in device.Value.Events.InOrder())
                {
                    if (!Tells(parts, service.Number, mapped.Value, out var owner))
                    {
                        (untold ??= [])[owner.Lpi] = owner;
                    }
                }
            }
        }

        return untold is null ? [] : [.. untold.Values];
    }

    private static bool Tells(
        GicParts parts, int itsNumber, InterruptTranslationEntry entry, out LpiOwnerState owner)
    {
        var record = parts.Configurations.Record(entry.Lpi);
        owner = new LpiOwnerState(entry.Lpi.Value, record.Its, record.Collection.Value);
        return record.Its == itsNumber && record.Collection == entry.Collection;
    }
}
