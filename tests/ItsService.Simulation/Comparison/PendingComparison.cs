using ItsService.Core.Identifiers;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>The LPIs pending at each redistributor, with the configuration in force.</summary>
internal sealed class PendingComparison(ModelPair pair, VcpuSet vcpusInPlay)
{
    /// <summary>How many are pending everywhere.</summary>
    public void CompareCounts()
    {
        for (var vcpu = 0; vcpu < pair.Shape.VcpuCount; vcpu++)
        {
            var core = pair.Core.Inspection.Redistributor(new VcpuIndex(vcpu)).PendingLpiCount;
            var reference = pair.Reference.PendingLpis(vcpu).Count;
            if (core != reference)
            {
                throw Differs(vcpu);
            }

            if (core != 0)
            {
                vcpusInPlay.Add(vcpu);
            }
        }
    }

    /// <summary>Which they are.</summary>
    public void Compare(int vcpu)
    {
        var pending = pair.Reference.PendingLpis(vcpu);
        if (pending.Count == 0 && pair.Core.Inspection.Redistributor(new VcpuIndex(vcpu)).PendingLpiCount == 0)
        {
            return;
        }

        using var reference = pending.GetEnumerator();
        foreach (var (lpi, isEnabled, priority) in pair.Core.Inspection.PendingLpis(new VcpuIndex(vcpu)))
        {
            if (!reference.MoveNext() || reference.Current != lpi.Value)
            {
                throw Differs(vcpu);
            }

            var expected = pair.Reference.CachedConfiguration(lpi.Value) ?? (false, (byte)0);
            if ((isEnabled, priority) != expected)
            {
                throw DifferenceFoundException.Of(
                    DifferenceKind.Configuration,
                    $"configuration in force of LPI {lpi.Value}, pending at vCPU {vcpu}",
                    (isEnabled, priority),
                    expected);
            }
        }

        if (reference.MoveNext())
        {
            throw Differs(vcpu);
        }
    }

    private DifferenceFoundException Differs(int vcpu) => DifferenceFoundException.Of<IEnumerable<uint>>(
        DifferenceKind.Pending,
        $"LPIs pending at vCPU {vcpu}",
        [.. pair.Core.Inspection.PendingLpis(new VcpuIndex(vcpu)).Select(pending => pending.Lpi.Value)],
        [.. pair.Reference.PendingLpis(vcpu)]);
}
