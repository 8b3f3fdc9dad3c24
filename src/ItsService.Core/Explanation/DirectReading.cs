using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Explanation;

/// <summary>Reads the steps of an SGI, PPI or SPI into an explanation.</summary>
internal static class DirectReading
{
    /// <summary>There is such an interrupt. An SPI is of no vCPU.</summary>
    public static InterruptExplanation Read(
        InterruptExplanation explanation, GicParts parts, InterruptBank bank, int number, VcpuIndex? vcpu)
    {
        var step = ReadRegisters(parts, bank, number, vcpu);
        return explanation with
        {
            IntId = step.IntId,
            History = HistoryOf(bank, number),
            Direct = step,
            CpuInterface = step.Target is { } target
                ? CpuInterfaceReading.Read(parts, target, step.IntId, step.Priority, step.IsGroup1)
                : null,
        };
    }

    private static DirectStep ReadRegisters(GicParts parts, InterruptBank bank, int number, VcpuIndex? vcpu)
    {
        var spi = (int)bank.IntIdOf(number).Value - InterruptBank.Size;
        var targets = parts.Distributor.Targets;
        var isOneOfN = !bank.IsPrivate && targets.OneOfN(bank, 1u << number) != 0;
        return new DirectStep
        {
            IntId = bank.IntIdOf(number),
            Route = bank.IsPrivate ? null : targets[spi],
            IsOneOfN = isOneOfN,
            Target = bank.IsPrivate ? vcpu : isOneOfN ? OneOfNTarget(parts, bank, number) : targets.Target(spi),
            IsGroup1 = bank.IsInGroup1(number),
            IsEnabled = IsSet(bank.Enabled, number),
            IsPending = IsSet(bank.Pending, number),
            IsActive = IsSet(bank.Active, number),
            IsEdgeTriggered = IsSet(bank.EdgeTriggered, number),
            IsLevelHigh = IsSet(bank.Level, number),
            Priority = bank.PriorityOf(number),
        };
    }

    /// <summary>The first that could take it now, or else the first that takes part (decision 0007).</summary>
    private static VcpuIndex? OneOfNTarget(GicParts parts, InterruptBank bank, int number)
    {
        var isGroup1 = bank.IsInGroup1(number);
        VcpuIndex? first = null;
        foreach (var redistributor in parts.Redistributors)
        {
            if (!redistributor.TakesPartInOneOfN(isGroup1))
            {
                continue;
            }

            var cpuInterface = parts.CpuInterfaces[redistributor.Index.Value];
            if (bank.PriorityOf(number) < cpuInterface.LimitWhereForwarded(isGroup1))
            {
                return redistributor.Index;
            }

            first ??= redistributor.Index;
        }

        return first;
    }

    private static PendingHistory HistoryOf(InterruptBank bank, int number) =>
        IsSet(bank.Pending, number) ? PendingHistory.Pending
        : IsSet(bank.WasAcknowledged | bank.Active, number) ? PendingHistory.Acknowledged
        : IsSet(bank.IsHistoryUnknown, number) ? PendingHistory.Unknown
        : IsSet(bank.WasPending, number) ? PendingHistory.TakenAway
        : PendingHistory.Never;

    private static bool IsSet(uint bits, int number) => ((bits >> number) & 1) != 0;
}
