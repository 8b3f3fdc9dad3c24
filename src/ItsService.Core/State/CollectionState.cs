namespace ItsService.Core.State;

/// <summary>A mapped collection (a CTE).</summary>
/// <param name="Collection">Its ICID.</param>
/// <param name="Vcpu">The number of the vCPU whose redistributor it targets.</param>
public readonly record struct CollectionState(uint Collection, int Vcpu);
