namespace ItsService.ReferenceModel;

/// <summary>What became of a message to an ITS.</summary>
/// <param name="Outcome">Pended, coalesced, or why it was dropped.</param>
/// <param name="Lpi">The LPI, or 0 unless the event was found.</param>
/// <param name="Target">The vCPU, or -1 unless the event's collection was found.</param>
public readonly record struct ReferenceMessage(ReferenceMsiOutcome Outcome, uint Lpi, int Target);
