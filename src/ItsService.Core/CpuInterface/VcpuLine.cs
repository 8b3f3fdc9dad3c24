using ItsService.Core.Identifiers;

namespace ItsService.Core.CpuInterface;

/// <summary>The interrupt request line to one vCPU.</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="IsAsserted">Whether there is an interrupt that it can take now.</param>
/// <param name="Generation">The number of changes so far; of two values the larger is the newer.</param>
public readonly record struct VcpuLine(VcpuIndex Vcpu, bool IsAsserted, ulong Generation);
