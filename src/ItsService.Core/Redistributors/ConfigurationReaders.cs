using System.Numerics;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// The first redistributor whose configuration table covers an LPI, found in O(1): MAPTI asks for each event, while the
/// tables change once or twice in a VM's life.
/// </summary>
internal sealed class ConfigurationReaders(GicParts parts)
{
    private const int WidthBitsMax = 24;

    // By the number of bits that an INTID takes. Spent when first asked.
    private Redistributor?[]? _firstByBits;
    private bool _isStale = true;

    /// <summary>A redistributor's table, or whether it is in use, has changed.</summary>
    public void NoteChange() => _isStale = true;

    public Redistributor? FirstFor(IntId lpi)
    {
        if (_isStale)
        {
            Refresh();
        }

        var bits = 32 - BitOperations.LeadingZeroCount(lpi.Value);
        return lpi.IsLpi && bits <= WidthBitsMax ? _firstByBits![bits] : null;
    }

    private void Refresh()
    {
        _firstByBits ??= new Redistributor?[WidthBitsMax + 1];
        Array.Clear(_firstByBits);
        var found = -1;
        foreach (var redistributor in parts.Redistributors)
        {
            for (; found < Math.Min(redistributor.IntIdBits, WidthBitsMax); found++)
            {
                _firstByBits[found + 1] = redistributor;
            }
        }

        _isStale = false;
    }
}
