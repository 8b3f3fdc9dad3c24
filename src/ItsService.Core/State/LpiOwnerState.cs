namespace ItsService.Core.State;

/// <summary>The collection that a mapped LPI was given last.</summary>
/// <param name="Lpi">The LPI.</param>
/// <param name="Its">The number of the ITS whose command gave it.</param>
/// <param name="Collection">The ICID.</param>
public readonly record struct LpiOwnerState(uint Lpi, int Its, uint Collection);
