using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.State.Validation;

/// <summary>The pending LPIs: in range where LPIs are enabled, none where they are not, and not too many.</summary>
internal static class PendingValidation
{
    public static void FindProblems(ProblemList problems, GicState state, GicParts scratch)
    {
        var total = 0L;
        for (var vcpu = 0; vcpu < state.Redistributors.Length; vcpu++)
        {
            var pending = state.Redistributors[vcpu].PendingLpis;
            total += pending.IsDefault ? 0 : pending.Length;
            FindProblems(problems, $"redistributor[{vcpu}].pending", state.Redistributors[vcpu], scratch);
        }

        var limit = scratch.Configuration.PendingLpisMax;
        problems.AddUnless(total <= limit, "redistributor", $"{total} LPIs are pending, and {limit} may be");
    }

    private static void FindProblems(ProblemList problems, string path, RedistributorState state, GicParts scratch)
    {
        if (state.PendingLpis.IsDefaultOrEmpty)
        {
            problems.AddUnless(!state.PendingLpis.IsDefault, path, "it is missing");
            return;
        }

        if (!state.LpisEnabled)
        {
            problems.Add(path, "LPIs are not enabled there, so that none can be pending");
            return;
        }

        var width = Math.Min(
            new GicrPropbaser(state.PropbaserInForce).IntIdBits, scratch.Profile.IntIdBits);
        var before = 0u;
        foreach (var lpi in state.PendingLpis)
        {
            if (lpi <= before)
            {
                problems.Add(path, $"LPI {lpi} stands behind {before}");
            }
            else if (!new IntId(lpi).IsLpi || lpi >= 1UL << width)
            {
                problems.Add(path, $"{lpi} is no LPI of {width} bits");
            }

            before = lpi;
        }
    }
}
