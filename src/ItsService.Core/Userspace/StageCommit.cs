using ItsService.Core.GuestTables;
using ItsService.Core.Memory;

namespace ItsService.Core.Userspace;

/// <summary>
/// Takes all that is staged into force, or none of it. It is done to a copy first, with the code that guest accesses
/// run; what comes of that is the new state. No command is executed by it.
/// </summary>
internal static class StageCommit
{
    public static CommitResult Run(GicParts live, UserspaceStage stage)
    {
        var problems = new RestoreProblems();
        var copy = GicPersistence.Copy(live);
        var outcome = ApplyTo(copy, stage, problems);
        if (outcome.IsOk && problems.IsEmpty)
        {
            outcome = RedistributorCommit.WriteTables(live, copy, stage, problems);
        }

        if (outcome.IsNotResident)
        {
            return CommitResult.NotResident(outcome.Missing);
        }

        if (!problems.IsEmpty)
        {
            return CommitResult.Refused(problems.ToList());
        }

        TakeOver(live, copy, stage);
        return CommitResult.Done;
    }

    private static void TakeOver(GicParts live, GicParts copy, UserspaceStage stage)
    {
        SubmissionsCommit[] submissions = [.. live.Services.Select(SubmissionsCommit.Of)];
        GicPersistence.Take(live, GicPersistence.Save(copy));
        for (var number = 0; number < submissions.Length; number++)
        {
            submissions[number].End(stage.Services[number]);
        }

        // What a guest would be told of.
        foreach (ref readonly var kept in copy.Events.After(0))
        {
            for (var count = kept.Count; count > 0; count--)
            {
                live.Events.Append(kept.Event);
            }
        }
    }

    /// <summary>
    /// Registers of redistributors, which tell where configurations lie; ITSs with their tables; and last what is
    /// pending, whose LPIs must be known by then.
    /// </summary>
    private static MemoryOutcome ApplyTo(GicParts copy, UserspaceStage stage, RestoreProblems problems)
    {
        RedistributorCommit.SetBases(copy, stage, problems);
        var (budget, areas) = (new SlotBudget(), new TableAreas());
        for (var number = 0; number < copy.Services.Length; number++)
        {
            var outcome = new ItsCommit(copy.Services[number], stage.Services[number], problems)
                .Apply(budget, areas);
            if (outcome.IsNotResident)
            {
                return outcome;
            }
        }

        areas.FindOverlaps(problems);
        return RedistributorCommit.EnableLpis(copy, stage, problems);
    }
}
