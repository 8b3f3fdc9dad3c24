namespace ItsService.VmmPrototype.InterruptController;

/// <summary>The level of an interrupt's wire.</summary>
/// <param name="IntId">16..31 is a PPI, 32..1019 an SPI.</param>
/// <param name="Vcpu">Whose PPI it is; null for an SPI.</param>
/// <param name="IsAsserted">High.</param>
public readonly record struct WireLevel(uint IntId, int? Vcpu, bool IsAsserted);
