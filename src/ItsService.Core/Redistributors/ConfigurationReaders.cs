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

    // By the number of bits that an INTID takes; null until someone asks after a change.
    private Redistributor?[]? _firstByBits;

    /// <summary>A redistributor's table, or whether it is in use, has changed.</summary>
    public void NoteChange() => _firstByBits = null;

    public Redistributor? FirstFor(IntId lpi)
    {
        var bits = 32 - BitOperations.LeadingZeroCount(lpi.Value);
        return lpi.IsLpi && bits <= WidthBitsMax ? (_firstByBits ??= FindFirst())[bits] : null;
    }

    private Redistributor?[] FindFirst()
    {
        var firstByBits = new Redistributor?[WidthBitsMax + 1];
        var bits = 0;
        foreach (var redistributor in parts.Redistributors)
        {
            for (; bits <= Math.Min(redistributor.IntIdBits, WidthBitsMax); bits++)
            {
                firstByBits[bits] = redistributor;
            }
        }

        return firstByBits;
    }
}
