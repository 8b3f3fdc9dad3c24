using ItsService.Core.Identifiers;

namespace ItsService.Core.Distributor;

/// <summary>
/// The end of a level-sensitive interrupt whose device asked to be told: by ICC_EOIR&lt;n&gt;_EL1 with EOImode 0, or by
/// ICC_DIR_EL1.
/// </summary>
/// <param name="IntId">A PPI or an SPI.</param>
/// <param name="Vcpu">Whose PPI it is; of an SPI null.</param>
public readonly record struct Deactivation(IntId IntId, VcpuIndex? Vcpu);
