namespace ItsService.ReferenceModel;

/// <summary>What an event is mapped to.</summary>
/// <param name="Lpi">The LPI's INTID.</param>
/// <param name="CollectionId">The collection, mapped or not.</param>
public readonly record struct ReferenceEvent(uint Lpi, uint CollectionId);
