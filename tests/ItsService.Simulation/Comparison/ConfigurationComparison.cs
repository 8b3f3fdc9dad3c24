using ItsService.Core.Identifiers;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>
/// The configurations of LPIs as last read: of all that the reference has read, and of those that steps have named.
/// </summary>
internal sealed class ConfigurationComparison(ModelPair pair)
{
    private const uint FirstLpi = 8192;
    private const uint LastLpi = (1 << 24) - 1;

    private readonly HashSet<uint> _isNamed = [];
    private readonly List<uint> _named = [];

    /// <summary>What is no LPI is left out.</summary>
    public void Note(uint lpi)
    {
        if (lpi is >= FirstLpi and <= LastLpi && _isNamed.Add(lpi))
        {
            _named.Add(lpi);
        }
    }

    public void Compare()
    {
        foreach (var lpi in pair.Reference.ConfiguredLpis)
        {
            Compare(lpi);
        }

        foreach (var lpi in _named)
        {
            Compare(lpi);
        }
    }

    private void Compare(uint lpi)
    {
        var (isKnown, isEnabled, priority) = pair.Core.Inspection.Lpi(new IntId(lpi));
        var core = isKnown ? (isEnabled, priority) : ((bool Enabled, byte Priority)?)null;
        var reference = pair.Reference.CachedConfiguration(lpi);
        if (core != reference)
        {
            throw DifferenceFoundException.Of(
                DifferenceKind.Configuration, $"configuration of LPI {lpi} as last read", core, reference);
        }
    }
}
