using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>What a driver does after it has changed configuration bytes.</summary>
internal static class Invalidation
{
    /// <summary>INV for each event of such an LPI, then INVALL for each collection, one of them at least.</summary>
    public static CommandsStep Commands(TableContent tables, HashSet<uint> stale) => new(
    [
        .. tables.Events.Where(entry => stale.Contains(entry.Value.Lpi)).Select(entry => entry.Key).Order()
            .Select(key => CommandSlot.Inv(key.Device, key.Event)),
        .. tables.Collections.Keys.Append(0U).Distinct().Order().Select(CommandSlot.Invall),
    ]);

    /// <summary>LPIs that are pending at a CPU that no collection targets, and that no event maps.</summary>
    public static IEnumerable<uint> OutOfReach(TableContent tables, PendingSets pending)
    {
        var mapped = tables.Events.Values.Select(entry => entry.Lpi).ToHashSet();
        return pending.OfCpu.Where((_, cpu) => !tables.Collections.ContainsValue(cpu))
            .SelectMany(lpis => lpis).Where(lpi => !mapped.Contains(lpi));
    }
}
