namespace ItsService.Client.Identifiers;

/// <summary>An ITS's place in <c>VmSpec.its</c>.</summary>
/// <param name="Value">The place, from 0.</param>
public readonly record struct ItsIndex(uint Value)
{
    /// <summary>The number in decimal.</summary>
    public override string ToString() => $"{Value}";
}
