using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Accounts;

/// <summary>What a VM has counted itself since it was created, as its diagnostics tell.</summary>
/// <param name="Sent">Messages that were pended or coalesced.</param>
/// <param name="IntPended">INT commands that made an LPI pending.</param>
/// <param name="IntCoalesced">INT commands that found it pending.</param>
/// <param name="Executed">Commands that were executed, by opcode.</param>
internal sealed record ServiceTotals(
    long Sent, long IntPended, long IntCoalesced, IReadOnlyDictionary<Opcode, long> Executed)
{
    /// <summary>Asks for them. Nothing may have gone wrong in a guest that makes no mistake.</summary>
    public static async Task<ServiceTotals> OfAsync(VmHandle vm)
    {
        var told = await vm.GetDiagnosticsAsync(pageSize: 1);
        if (told.LastSequence > 0)
        {
            throw new AccountException(
                $"{vm.Name} reports {told.LastSequence} mistakes of a guest that made none; the first it kept is: "
                + told.Mistakes.Select(mistake => mistake.Message).FirstOrDefault("not told"));
        }

        return new ServiceTotals(
            Count(told.MsiTotals, MsiOutcome.Pended) + Count(told.MsiTotals, MsiOutcome.Coalesced),
            Count(told.IntCommandTotals, MsiOutcome.Pended),
            Count(told.IntCommandTotals, MsiOutcome.Coalesced),
            told.CommandTotals.ToDictionary(total => (Opcode)total.Opcode, total => (long)total.Count));
    }

    /// <summary>What has come since an earlier time; no opcode with nothing.</summary>
    public ServiceTotals Since(ServiceTotals earlier) => new(
        Sent - earlier.Sent,
        IntPended - earlier.IntPended,
        IntCoalesced - earlier.IntCoalesced,
        Difference(Executed, earlier.Executed));

    /// <summary>What is in one and not in the other; no opcode with nothing.</summary>
    public static Dictionary<Opcode, long> Difference(
        IReadOnlyDictionary<Opcode, long> later, IReadOnlyDictionary<Opcode, long> earlier) =>
        later.Keys.Union(earlier.Keys)
            .Select(opcode => (opcode, count: later.GetValueOrDefault(opcode) - earlier.GetValueOrDefault(opcode)))
            .Where(entry => entry.count != 0)
            .ToDictionary(entry => entry.opcode, entry => entry.count);

    private static long Count(IEnumerable<MsiTotal> totals, MsiOutcome outcome) =>
        totals.Where(total => total.Outcome == outcome).Sum(total => (long)total.Count);
}
