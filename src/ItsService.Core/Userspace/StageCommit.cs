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
        SubmissionsCommit[] submissions = [.. live.Services.Select(SubmissionsCommit.Of)];
        var before = new RegisterSnapshot(live);
        var outcome = ApplyTo(live, stage, problems);
        var result = outcome.IsNotResident || !problems.IsEmpty ? NotDone(outcome, problems) : tables.Write(live);
        if (result.IsDone)
        {
            End(submissions, stage);
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
        SubmissionsCommit[] submissions = [.. live.Services.Select(SubmissionsCommit.Of)];
        GicPersistence.Take(live, GicPersistence.Save(copy));
        End(submissions, stage);

        // What a guest would be told of.
        foreach (ref readonly var kept in copy.Events.After(0))
        {
            for (var count = kept.Count; count > 0; count--)
            {
                live.Events.Append(kept.Event);
            }
        }
    }

    private static void End(SubmissionsCommit[] submissions, UserspaceStage stage)
    {
        for (var number = 0; number < submissions.Length; number++)
        {
            submissions[number].End(stage.Services[number]);
        }
    }

    /// <summary>
    /// Registers of redistributors, which tell where configurations lie; ITSs with their tables; and last what is
    /// pending, whose LPIs must be known by then.
    /// </summary>
    private static MemoryOutcome ApplyTo(GicParts parts, UserspaceStage stage, RestoreProblems problems)
    {
        RedistributorCommit.SetBases(parts, stage, problems);
        ItsCommit[] services =
        [
            .. parts.Services.Select(service => new ItsCommit(service, stage.Services[service.Number], problems)),
        ];
        foreach (var service in services)
        {
            service.SetRegisters();
        }

        var outcome = RestoreTables(parts, stage, services, problems);
        return outcome.IsNotResident ? outcome : RedistributorCommit.EnableLpis(parts, stage, problems);
    }

    /// <summary>
    /// Of all tables that are read, and of those that the other ITSs keep, no two may lie over one another, unless both
    /// are of ITSs that keep theirs: a guest can bring that about.
    /// </summary>
    private static MemoryOutcome RestoreTables(
        GicParts parts, UserspaceStage stage, ItsCommit[] services, RestoreProblems problems)
    {
        if (!Array.Exists(stage.Services, service => service.RestoresTables))
        {
            return MemoryOutcome.Ok;
        }

        var (budget, areas) = (new SlotBudget(), TableAreas.Of(parts));
        SortedSet<int> read = [];
        foreach (var service in services)
        {
            var outcome = service.RestoreTables(budget, areas, read);
            if (outcome.IsNotResident)
            {
                return outcome;
            }
        }

        areas.FindOverlaps(problems, read);
        return MemoryOutcome.Ok;
    }
}
