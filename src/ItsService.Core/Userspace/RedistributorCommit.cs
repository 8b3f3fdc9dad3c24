using ItsService.Core.GuestTables;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Redistributors;
using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>What is staged for the redistributors comes into force.</summary>
internal static class RedistributorCommit
{
    /// <summary>
    /// GICR_PROPBASER and GICR_PENDBASER. Where LPIs are enabled and stay so, another value would move a table under
    /// what is pending.
    /// </summary>
    public static void SetBases(GicParts copy, UserspaceStage stage, RestoreProblems problems)
    {
        var shared = copy.Profile.SharedPropbaser ? stage.SharedPropbaser(copy) : null;
        foreach (var redistributor in copy.Redistributors)
        {
            var staged = stage.Redistributors[redistributor.Index.Value];
            if (redistributor.LpisEnabled && !staged.IsFixed(redistributor))
            {
                redistributor.ForgetLpis();
            }

            if (redistributor.LpisEnabled)
            {
                CheckFixed(redistributor, staged, problems);
                continue;
            }

            redistributor.Pendbaser = staged.Pendbaser is { } pendbaser
                ? new GicrPendbaser(pendbaser)
                : redistributor.Pendbaser;
            redistributor.Propbaser = (shared ?? staged.Propbaser) is { } propbaser
                ? new GicrPropbaser(propbaser)
                : redistributor.Propbaser;
            if (staged is { EnableLpis: true, Propbaser: { } own })
            {
                // Where the register is shared, each has the value in use that it had when its LPIs were enabled, and
                // they may differ. Configurations of LPIs that are restored are read by that value, too.
                redistributor.EnableNextWith(new GicrPropbaser(own));
            }
        }
    }

    /// <summary>
    /// As a guest's write does: pending tables are read. Some of what a guest is only told of is a problem here.
    /// </summary>
    public static MemoryOutcome EnableLpis(GicParts copy, UserspaceStage stage, RestoreProblems problems)
    {
        for (var vcpu = 0; vcpu < copy.Redistributors.Length; vcpu++)
        {
            if (stage.Redistributors[vcpu].EnableLpis == true)
            {
                var outcome = copy.Redistributors[vcpu].EnableLpis(out var findings);
                if (outcome.IsNotResident)
                {
                    return outcome;
                }

                AddProblems(copy.Redistributors[vcpu], findings, problems, copy);
            }
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>
    /// What goes to guest memory: in the pending tables of redistributors that are enabled, with mappings from tables,
    /// zeros for the LPIs that were taken over, as KVM's restore writes. One that is disabled writes nothing, as in
    /// KVM: the memory may be another guest's by now.
    /// </summary>
    /// <remarks>
    /// All are looked at before the first is written, and until that is done it may be begun again. From then on there
    /// is no way back, since the LPIs are no longer in memory, and none is needed: a bit that stays is in a table that
    /// is not read while LPIs are enabled.
    /// </remarks>
    public static MemoryOutcome WriteTables(
        GicParts live, GicParts copy, UserspaceStage stage, RestoreProblems problems)
    {
        if (!Array.Exists(stage.Services, service => service.RestoresTables))
        {
            return MemoryOutcome.Ok;
        }

        VcpuIndex[] taking =
        [
            .. Enumerable.Range(0, copy.Redistributors.Length)
                .Where(vcpu => IsNewlyEnabled(live, copy, stage, vcpu))
                .Select(vcpu => new VcpuIndex(vcpu)),
        ];
        var outcome = Probe(copy, taking, problems);
        return outcome.IsOk && problems.IsEmpty ? Clear(copy, taking, problems) : outcome;
    }

    private static bool IsNewlyEnabled(GicParts live, GicParts copy, UserspaceStage stage, int vcpu) =>
        copy.Redistributors[vcpu].LpisEnabled
        && (!live.Redistributors[vcpu].LpisEnabled || stage.Redistributors[vcpu].WasDisabled);

    private static MemoryOutcome Probe(GicParts copy, VcpuIndex[] taking, RestoreProblems problems)
    {
        foreach (var vcpu in taking)
        {
            var outcome = TakenBits.Probe(copy, vcpu);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            AddUnwritable(outcome, vcpu, problems);
        }

        return MemoryOutcome.Ok;
    }

    private static MemoryOutcome Clear(GicParts copy, VcpuIndex[] taking, RestoreProblems problems)
    {
        var hasWritten = false;
        foreach (var vcpu in taking)
        {
            var outcome = TakenBits.Clear(copy, vcpu, ref hasWritten);
            if (!outcome.IsOk && !hasWritten)
            {
                AddUnwritable(outcome, vcpu, problems);
                return outcome.IsNotResident ? outcome : MemoryOutcome.Ok;
            }
        }

        return MemoryOutcome.Ok;
    }

    private static void AddUnwritable(MemoryOutcome outcome, VcpuIndex vcpu, RestoreProblems problems)
    {
        if (outcome.Status == MemoryStatus.Fault)
        {
            problems.Add(
                RestoreProblemKind.NotInRam,
                $"redistributor[{vcpu.Value}]",
                "its pending table is not in RAM that can be written");
        }
    }

    /// <summary>
    /// What is in use may be written, and what the register holds, which another vCPU may have set. PTZ tells of the
    /// table as LPIs are enabled, and nothing of it as it is.
    /// </summary>
    private static void CheckFixed(Redistributor redistributor, RedistributorStage staged, RestoreProblems problems)
    {
        var (inUse, pendbaser) = (redistributor.ConfigurationTable.Raw, redistributor.Pendbaser.AsRead);
        if (staged.Propbaser is { } other && other != inUse && other != redistributor.Propbaser.Raw)
        {
            AddFixed(redistributor, "GICR_PROPBASER", inUse, other, problems);
        }

        if (staged.Pendbaser is { } moved && new GicrPendbaser(moved).AsRead != pendbaser)
        {
            AddFixed(redistributor, "GICR_PENDBASER", pendbaser, moved, problems);
        }
    }

    private static void AddFixed(
        Redistributor redistributor, string register, ulong present, ulong value, RestoreProblems problems) =>
        problems.Add(
            RestoreProblemKind.Inconsistent,
            $"redistributor[{redistributor.Index.Value}].{register}",
            $"LPIs are enabled with 0x{present:X} already; it cannot become 0x{value:X} before they are disabled");

    /// <summary>
    /// What a guest can bring itself to, and go on, is none: a table for no LPI that is mapped, and configurations that
    /// MAPTI does not ask for either.
    /// </summary>
    private static void AddProblems(
        Redistributor redistributor, LpiEnableFindings findings, RestoreProblems problems, GicParts copy)
    {
        var path = $"redistributor[{redistributor.Index.Value}]";
        if (findings.IsTableUnreadable && redistributor.HasMappedLpis)
        {
            problems.Add(RestoreProblemKind.NotInRam, path, "its pending table is not in guest RAM");
        }

        if (findings.LostCount > 0)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                path,
                $"its pending table holds {findings.LostCount} LPIs, more than may become pending");
        }

        if (findings.Unreadable is { } unreadable && copy.Profile.MaptiNeedsConfiguration)
        {
            problems.Add(
                RestoreProblemKind.NotInRam,
                path,
                $"the configuration of LPI {unreadable.Value} is not in guest RAM");
        }
    }
}
