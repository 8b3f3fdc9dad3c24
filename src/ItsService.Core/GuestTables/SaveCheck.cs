using ItsService.Core.Memory;

namespace ItsService.Core.GuestTables;

/// <summary>
/// What is in the way of a save that could be written, and not be read again. It is the last place where the mappings
/// are still known, so nothing is written then.
/// </summary>
internal static class SaveCheck
{
    /// <summary>Nothing changes; not Ok is not resident.</summary>
    /// <param name="parts">The controller.</param>
    /// <param name="firstIts">The first ITS whose tables are written.</param>
    /// <param name="itsCount">How many there are, from the first on.</param>
    /// <param name="hasPending">Whether pending tables are written.</param>
    /// <param name="problems">Gets what is in the way.</param>
    public static MemoryOutcome Run(
        GicParts parts, int firstIts, int itsCount, bool hasPending, RestoreProblems problems)
    {
        var (areas, slots) = (new TableAreas(), new SlotCount());
        foreach (var service in parts.Services)
        {
            areas.IsAsked = service.Number >= firstIts && service.Number < firstIts + itsCount;
            var outcome = new MappedPlaces(service, areas, slots).Find();
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        if (hasPending)
        {
            areas.IsAsked = true;
            AddPendingTables(parts, areas);
        }

        areas.FindOverlaps(problems);
        if (itsCount > 0 && IsTooMuch(parts, areas, slots))
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"its[{firstIts}]",
                $"the tables of all ITSs would have {slots.Value} slots to look at or more, and a restore looks at"
                + $" {SlotBudget.SlotsMax}");
        }

        return MemoryOutcome.Ok;
    }

    private static bool IsTooMuch(GicParts parts, TableAreas areas, SlotCount slots)
    {
        if (!slots.IsTooMany
            && slots.Value + (MappedPlaces.UncountedMax * parts.Services.Length) > SlotBudget.SlotsMax)
        {
            Array.ForEach(parts.Services, service => new MappedPlaces(service, areas, slots).CountUncounted());
        }

        return slots.IsTooMany;
    }

    /// <summary>Those that are written, each as a whole. One outside RAM the write tells of, if it is missed.</summary>
    private static void AddPendingTables(GicParts parts, TableAreas areas)
    {
        foreach (var redistributor in parts.Redistributors)
        {
            var table = redistributor.PendingTableOfLpis;
            if (redistributor.LpisEnabled && table.LengthBytes > 0
                && parts.Memory.ProbeForWriting(table).Status != MemoryStatus.Fault)
            {
                areas.AddPendingTable(redistributor.Index, table);
            }
        }
    }
}
