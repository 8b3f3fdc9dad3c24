using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Accounts;

/// <summary>
/// What was counted around a save. As long as all callers wait, the least and the most are the same; while they go on,
/// what happened before the save lies between what was counted when it began and what had been begun when it ended.
/// </summary>
internal sealed record Counted(IReadOnlyList<EventCounts> Least, IReadOnlyList<EventCounts> Most);

/// <summary>The account of a saved state, event by event.</summary>
/// <remarks>
/// sent + INT = coalesced + acknowledged + cleared by a command + pending. What nobody tells is which INT commands were
/// coalesced and which CLEAR and DISCARD commands found something to clear: they are what is left over. It is nothing
/// for events that get neither, no more than their INTs, or no more than their CLEARs and DISCARDs.
/// </remarks>
internal static class AccountCheck
{
    /// <summary>Checks each event. Returns what is left over of each, by what was counted at most.</summary>
    public static long[] Check(EventPlan plan, Counted counted, CommandCounts executed, IEnumerable<uint> pending)
    {
        var pendingCounts = new long[plan.Events.Count];
        foreach (var lpi in pending)
        {
            var accounted = plan.OfLpi(lpi)
                ?? throw new AccountException($"INTID {lpi} is pending in the saved state, which nobody sends");
            pendingCounts[accounted.Index]++;
        }

        return [.. plan.Events.Select(accounted =>
            LeftOver(
                accounted,
                counted.Least[accounted.Index],
                counted.Most[accounted.Index],
                executed,
                pendingCounts[accounted.Index]))];
    }

    private static long LeftOver(
        AccountedEvent accounted, EventCounts least, EventCounts most, CommandCounts executed, long pending)
    {
        var ints = executed.Ints(accounted.Index);
        var leftMost = most.Pended + ints - least.Acknowledged - pending;
        var leftLeast = least.Pended + ints - most.Acknowledged - pending;
        var allowed = Allowed(accounted, executed);
        if (leftMost >= 0 && leftLeast <= allowed && pending <= 1)
        {
            return leftMost;
        }

        var what = leftMost < 0 ? "too much came out" : leftLeast > allowed ? "something is missing" : "pending twice";
        throw new AccountException(
            $"{accounted}: {what}: pended {Between(least.Pended, most.Pended)}, INT {ints}, coalesced "
            + $"{Between(least.Coalesced, most.Coalesced)}, acknowledged "
            + $"{Between(least.Acknowledged, most.Acknowledged)}, pending {pending}, CLEAR and DISCARD "
            + $"{executed.Clears(accounted.Index)}");
    }

    /// <summary>How much may be left over.</summary>
    private static long Allowed(AccountedEvent accounted, CommandCounts executed) => accounted.Rule switch
    {
        EventRule.Interrupted => executed.Ints(accounted.Index),
        EventRule.Cleared or EventRule.Discarded => executed.Clears(accounted.Index),
        _ => 0,
    };

    private static string Between(long least, long most) => least == most ? $"{least}" : $"{least}..{most}";
}
