namespace ItsService.ReferenceModel;

/// <summary>A pending interrupt that a vCPU may take.</summary>
internal readonly record struct Candidate(uint IntId, byte Priority, bool Group1);
