using ItsService.Core.State;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Oracles;

/// <summary>A page of the second level of a table, by its number in the first.</summary>
internal readonly record struct SlowPage(ulong Index, ulong Start, ulong Bytes);

/// <summary>
/// The pages of the second level to which a restore of an ITS would come that is as it is (docs/state.md, Saving
/// through attributes).
/// </summary>
internal static class SlowPages
{
    private const ulong EntriesMax = 1 << 17;

    /// <param name="machine">The machine.</param>
    /// <param name="registers">The ITS's registers.</param>
    /// <param name="collections">What it has mapped.</param>
    /// <param name="devices">The same.</param>
    public static List<SlowPage> Of(
        Machine machine,
        ItsRegisters registers,
        IEnumerable<CollectionState> collections,
        IReadOnlyCollection<DeviceState> devices)
    {
        var pages = new List<SlowPage>();
        if (registers.DeviceTable is { IsValid: true, IsTwoLevel: true } table)
        {
            var upTo = devices.Select(device => device.Device / table.EntriesPerPage)
                .Where(index => machine.Memory.Peek(table.Address + (8 * index)) is { } entry && entry >> 63 == 1)
                .Select(index => index + 1)
                .DefaultIfEmpty(table.Level1Count)
                .Max();
            Add(machine, table, upTo, endsAtHole: false, pages);
        }

        if (registers.CollectionTable is { IsValid: true, IsTwoLevel: true } collectionTable)
        {
            var there = collections.Select(entry => entry.Collection).ToHashSet();
            foreach (var device in devices)
            {
                there.UnionWith(device.Events.ToArray().Select(mapping => mapping.Collection));
            }

            var slots = Math.Min((ulong)there.Count + 1, collectionTable.Capacity);
            var perPage = collectionTable.EntriesPerPage;
            Add(machine, collectionTable, (slots + perPage - 1) / perPage, endsAtHole: true, pages);
        }

        return pages;
    }

    private static void Add(
        Machine machine, TableGeometry table, ulong upTo, bool endsAtHole, List<SlowPage> pages)
    {
        // Of an ITS that is not restored it does not matter whether a page stands there twice.
        var there = new HashSet<ulong>();
        for (var index = 0UL; index < Math.Min(upTo, EntriesMax); index++)
        {
            if (machine.Memory.Peek(table.Address + (8 * index)) is not { } entry || (entry >> 63 == 0 && endsAtHole))
            {
                return;
            }

            if (entry >> 63 == 1 && there.Add(table.PageAddress(entry)))
            {
                pages.Add(new SlowPage(index, table.PageAddress(entry), table.PageBytes));
            }
        }
    }
}
