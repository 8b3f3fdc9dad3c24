namespace ItsService.Client.Identifiers;

/// <summary>An interrupt number (INTID); LPIs begin at 8192.</summary>
/// <param name="Value">The number.</param>
public readonly record struct IntId(uint Value)
{
    /// <summary>The number in decimal.</summary>
    public override string ToString() => $"{Value}";
}
