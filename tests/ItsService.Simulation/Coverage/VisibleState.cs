using ItsService.Simulation.Running;

namespace ItsService.Simulation.Coverage;

/// <summary>What of the reference was pending and configured at a moment, to see what has changed since.</summary>
internal sealed class VisibleState(ModelPair pair)
{
    private readonly int[] _pendingCounts = new int[pair.Shape.VcpuCount];
    private readonly Dictionary<uint, (bool Enabled, byte Priority)?> _configurations = [];

    /// <summary>How many LPIs are pending at each vCPU now.</summary>
    public void NotePending()
    {
        for (var vcpu = 0; vcpu < _pendingCounts.Length; vcpu++)
        {
            _pendingCounts[vcpu] = pair.Reference.PendingLpis(vcpu).Count;
        }
    }

    /// <summary>Whether there are more or fewer somewhere: an LPI that moves leaves fewer behind.</summary>
    public bool HasPendingChanged()
    {
        for (var vcpu = 0; vcpu < _pendingCounts.Length; vcpu++)
        {
            if (pair.Reference.PendingLpis(vcpu).Count != _pendingCounts[vcpu])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Every configuration as last read now.</summary>
    public void NoteConfigurations()
    {
        _configurations.Clear();
        foreach (var lpi in pair.Reference.ConfiguredLpis)
        {
            _configurations.Add(lpi, pair.Reference.CachedConfiguration(lpi));
        }
    }

    /// <summary>Whether one of those is another by now.</summary>
    public bool HaveConfigurationsChanged()
    {
        foreach (var (lpi, configuration) in _configurations)
        {
            if (pair.Reference.CachedConfiguration(lpi) != configuration)
            {
                return true;
            }
        }

        return false;
    }
}
