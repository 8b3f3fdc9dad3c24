using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Accounts;

/// <summary>
/// What the service counts itself of the VM that has the load, against what the callers and the queues' pointers tell:
/// at an instant at which nothing happens, all of it is equal.
/// </summary>
internal sealed class VmAccount(EventPlan plan)
{
    private ServiceTotals _toldBefore = new(0, 0, 0, new Dictionary<Opcode, long>());
    private long _sentBefore;
    private long _intCoalescedBefore;
    private CommandCounts _executedBefore = new(plan.Events.Count);

    /// <summary>How many messages the callers will have counted when all answers have come.</summary>
    public long SentBy(ServiceTotals told) => _sentBefore + told.Sent - _toldBefore.Sent;

    /// <summary>Compares the totals.</summary>
    /// <param name="told">What the service tells.</param>
    /// <param name="executed">The commands by the queues' pointers.</param>
    /// <param name="leftOver">What is left over of each event.</param>
    public void Check(ServiceTotals told, CommandCounts executed, IReadOnlyList<long> leftOver)
    {
        var since = told.Since(_toldBefore);
        var given = ServiceTotals.Difference(executed.ByOpcode, _executedBefore.ByOpcode);
        if (ServiceTotals.Difference(since.Executed, given) is { Count: > 0 } wrong)
        {
            throw new AccountException(
                "the service executed more or fewer commands than its queues' pointers tell: "
                + string.Join(", ", wrong.Select(entry => $"{entry.Value} {entry.Key}")));
        }

        var ints = given.GetValueOrDefault(Opcode.Int);
        if (since.IntPended + since.IntCoalesced != ints)
        {
            throw new AccountException(
                $"of {ints} INT commands {since.IntPended} were pended and {since.IntCoalesced} coalesced");
        }

        var coalesced = IntCoalesced(leftOver) - _intCoalescedBefore;
        if (since.IntCoalesced != coalesced)
        {
            throw new AccountException(
                $"{since.IntCoalesced} INT commands were coalesced, and {coalesced} are left over in the accounts");
        }
    }

    /// <summary>Another VM has the load from here on, which may have counted things before.</summary>
    public void Begin(ServiceTotals told, long sent, CommandCounts executed, IReadOnlyList<long> leftOver) =>
        (_toldBefore, _sentBefore, _executedBefore, _intCoalescedBefore) =
            (told, sent, executed, IntCoalesced(leftOver));

    private long IntCoalesced(IReadOnlyList<long> leftOver) =>
        plan.Events.Where(accounted => accounted.Rule == EventRule.Interrupted)
            .Sum(accounted => leftOver[accounted.Index]);
}
