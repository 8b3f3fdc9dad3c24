namespace ItsService.Core.Identifiers;

/// <summary>The number of an interrupt collection (ICID).</summary>
/// <param name="Value">The number.</param>
public readonly record struct CollectionId(uint Value);
