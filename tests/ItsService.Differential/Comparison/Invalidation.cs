using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>
/// What a driver does after it has changed configuration bytes: INV for the events of those LPIs, or INVALL for the
/// collections.
/// </summary>
internal sealed class Invalidation(TableContent tables, PendingSets pending, IReadOnlySet<uint> stale)
{
    public CommandsStep Commands(bool byInvall)
    {
        var events = tables.Events.Where(entry => stale.Contains(entry.Value.Lpi));
        // INVALL does not reach what is mapped through a collection that is not.
        var single = byInvall ? events.Where(entry => !tables.Collections.ContainsKey(entry.Value.Icid)) : events;
        return new CommandsStep(
        [
            .. single.Select(entry => entry.Key).Order().Select(key => CommandSlot.Inv(key.Device, key.Event)),
            .. byInvall || !stale.All(IsReachedByInv) ? Invalls() : [],
        ]);
    }

    /// <summary>LPIs that are pending at a CPU that no collection targets, and that INV does not reach there.</summary>
    public IEnumerable<uint> OutOfReach() => stale.Where(lpi => !IsReachedByInv(lpi)
        && pending.OfCpu.Where((_, cpu) => !tables.Collections.ContainsValue(cpu)).Any(lpis => lpis.Contains(lpi)));

    /// <summary>
    /// INV is for the CPU that the event's collection targets. QEMU does not look at others, where the LPI may be
    /// pending from before.
    /// </summary>
    private bool IsReachedByInv(uint lpi)
    {
        var targets = tables.Events.Values.Where(mapped =>
            mapped.Lpi == lpi && tables.Collections.ContainsKey(mapped.Icid))
            .Select(mapped => tables.Collections[mapped.Icid]).ToHashSet();
        return pending.OfCpu.Index().All(cpu => targets.Contains(cpu.Index) || !cpu.Item.Contains(lpi));
    }

    /// <summary>One at least: QEMU looks at all CPUs then, even where the collection is not mapped.</summary>
    private IEnumerable<CommandSlot> Invalls() =>
        tables.Collections.Keys.Append(0U).Distinct().Order().Select(CommandSlot.Invall);
}
