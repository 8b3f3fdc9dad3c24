using ItsService.Core.GuestTables;
using ItsService.Core.Memory;

namespace ItsService.Core.Userspace;

/// <summary>
/// Takes all that is staged into force, or none of it. It is done to a copy first, with the code that guest accesses
/// run; what comes of that is the new state. Where it is a matter of registers alone it is done in place, and they are
/// put back when it is refused. No command is executed by it.
/// </summary>
internal static class StageCommit
{
    /// <param name="live">The controller.</param>
    /// <param name="stage">What is staged.</param>
    /// <param name="tables">What is written to guest memory of the state that comes of it.</param>
    public static CommitResult Run(GicParts live, UserspaceStage stage, TablesToSave tables = default) =>
        stage.TouchesMappings(live) ? RunOnCopy(live, stage, tables) : RunInPlace(live, stage, tables);

    private static CommitResult RunInPlace(GicParts live, UserspaceStage stage, TablesToSave tables)
    {
        var problems = new RestoreProblems();
        var submissions = SubmissionsCommit.Of(live, stage);
        var before = new RegisterSnapshot(live);
        var outcome = ApplyTo(live, stage, problems);
        var result = outcome.IsNotResident || !problems.IsEmpty ? NotDone(outcome, problems) : tables.Write(live);
        if (result.IsDone)
        {
            Array.ForEach(submissions, submission => submission.End());
            live.Lines.Settle();
        }
        else
        {
            before.Restore();
        }

        return result;
    }

    private static CommitResult RunOnCopy(GicParts live, UserspaceStage stage, TablesToSave tables)
    {
        var problems = new RestoreProblems();
        var copy = GicPersistence.Copy(live);
        var outcome = ApplyTo(copy, stage, problems);
        if (outcome.IsNotResident || !problems.IsEmpty)
        {
            return NotDone(outcome, problems);
        }

        var saved = tables.Write(copy);
        if (!saved.IsDone)
        {
            return saved;
        }

        // A pending table that was saved has all that is pending, and what was taken out of it.
        outcome = tables.HasPending
            ? MemoryOutcome.Ok
            : RedistributorCommit.WriteTables(live, copy, stage, problems);
        if (outcome.IsNotResident || !problems.IsEmpty)
        {
            return NotDone(outcome, problems);
        }

        TakeOver(live, copy, stage);
        return CommitResult.Done;
    }

    private static CommitResult NotDone(MemoryOutcome outcome, RestoreProblems problems) => outcome.IsNotResident
        ? CommitResult.NotResident(outcome.Missing)
        : CommitResult.Refused(problems.ToList());

    private static void TakeOver(GicParts live, GicParts copy, UserspaceStage stage)
    {
        var submissions = SubmissionsCommit.Of(live, stage);
        GicPersistence.Take(live, GicPersistence.Save(copy));
        Array.ForEach(submissions, submission => submission.End());

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
    private static MemoryOutcome ApplyTo(GicParts parts, UserspaceStage stage, RestoreProblems problems)
    {
        RedistributorCommit.SetBases(parts, stage, problems);
        var (budget, areas) = (new SlotBudget(), new TableAreas());
        for (var number = 0; number < parts.Services.Length; number++)
        {
            var outcome = new ItsCommit(parts.Services[number], stage.Services[number], problems)
                .Apply(budget, areas);
            if (outcome.IsNotResident)
            {
                return outcome;
            }
        }

        var others = FindOverlaps(parts, stage, areas, problems);
        return others.IsNotResident ? others : RedistributorCommit.EnableLpis(parts, stage, problems);
    }

    /// <summary>
    /// Tables that were read, over one another or over those of an ITS that stays as it is. Where none was read it is
    /// not asked: a guest may have brought its ITSs to that.
    /// </summary>
    private static MemoryOutcome FindOverlaps(
        GicParts parts, UserspaceStage stage, TableAreas areas, RestoreProblems problems)
    {
        if (!Array.Exists(stage.Services, service => service.RestoresTables))
        {
            return MemoryOutcome.Ok;
        }

        areas.IsAsked = false;
        foreach (var service in parts.Services.Where(service => !stage.Services[service.Number].RestoresTables))
        {
            var outcome = new MappedPlaces(service, areas, new SlotCount()).Find();
            if (outcome.IsNotResident)
            {
                return outcome;
            }
        }

        areas.FindOverlaps(problems);
        return MemoryOutcome.Ok;
    }
}
