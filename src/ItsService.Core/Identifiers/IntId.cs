namespace ItsService.Core.Identifiers;

/// <summary>
/// An interrupt number (INTID): 0..15 SGIs, 16..31 PPIs, 32..1019 SPIs, 1020..1023 special, from 8192 LPIs.
/// </summary>
/// <param name="Value">The number.</param>
public readonly record struct IntId(uint Value)
{
    /// <summary>The first LPI.</summary>
    public const uint FirstLpi = 8192;

    /// <summary>What an acknowledge returns when there is nothing to take.</summary>
    public static readonly IntId Spurious = new(1023);

    /// <summary>Whether the number is in the LPI range, whatever the implemented width.</summary>
    public bool IsLpi => Value >= FirstLpi;

    /// <summary>Whether the number is one of 1020..1023, which name no interrupt.</summary>
    public bool IsSpecial => Value is >= 1020 and <= 1023;
}
