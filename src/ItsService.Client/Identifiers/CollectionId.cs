namespace ItsService.Client.Identifiers;

/// <summary>The number of an interrupt collection (ICID), 0..65535.</summary>
/// <param name="Value">The number.</param>
public readonly record struct CollectionId(uint Value)
{
    /// <summary>The number in decimal.</summary>
    public override string ToString() => $"{Value}";
}
