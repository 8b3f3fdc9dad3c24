using ItsService.Core.GuestTables;
using ItsService.Core.Memory;

namespace ItsService.Core.Userspace;

/// <summary>What a save writes to guest memory: the tables of so many ITSs, and the pending tables or not.</summary>
/// <param name="FirstIts">The first ITS.</param>
/// <param name="ItsCount">How many, from the first on.</param>
/// <param name="HasPending">Whether the pending tables of all redistributors are written.</param>
internal readonly record struct TablesToSave(int FirstIts, int ItsCount, bool HasPending)
{
    /// <summary>Nothing of the controller changes, so that it can be done again.</summary>
    public CommitResult Write(GicParts parts)
    {
        var problems = new RestoreProblems();
        var found = SaveCheck.Run(parts, FirstIts, ItsCount, HasPending, problems);
        if (!found.IsOk || !problems.IsEmpty)
        {
            // One of two tables that lie over one another is enough to be told: the other is in its message.
            return found.IsOk ? CommitResult.Refused([problems.ToList()[0]]) : CommitResult.NotResident(found.Missing);
        }

        for (var number = FirstIts; number < FirstIts + ItsCount; number++)
        {
            var outcome = new ItsTableWriter(parts.Services[number]).Write(out var problem);
            if (!outcome.IsOk)
            {
                return NotDone(outcome, problem.GetValueOrDefault());
            }
        }

        return HasPending ? WritePending(parts) : CommitResult.Done;
    }

    private static CommitResult WritePending(GicParts parts)
    {
        foreach (var redistributor in parts.Redistributors)
        {
            var outcome = redistributor.WritePendingTable();
            if (!outcome.IsOk)
            {
                return NotDone(outcome, UnwrittenTable.Problem(
                    parts.Memory,
                    redistributor.PendingTableOfLpis,
                    $"redistributor[{redistributor.Index.Value}]",
                    "its pending table"));
            }
        }

        return CommitResult.Done;
    }

    private static CommitResult NotDone(MemoryOutcome outcome, RestoreProblem problem) => outcome.IsNotResident
        ? CommitResult.NotResident(outcome.Missing)
        : CommitResult.Refused([problem]);
}
