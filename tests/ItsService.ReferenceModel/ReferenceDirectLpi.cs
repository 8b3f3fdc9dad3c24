namespace ItsService.ReferenceModel;

/// <summary>What became of an LPI that GICR_SETLPIR named.</summary>
/// <param name="Vcpu">Whose redistributor.</param>
/// <param name="IntId">What was written.</param>
/// <param name="Outcome">Pended, coalesced, or why it was dropped.</param>
public readonly record struct ReferenceDirectLpi(int Vcpu, uint IntId, ReferenceMsiOutcome Outcome);
