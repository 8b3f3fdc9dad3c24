using ItsService.Core.Identifiers;

namespace ItsService.Core.CpuInterface;

/// <summary>The interrupt lines to one vCPU.</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="IsIrqAsserted">Whether there is an interrupt of Group 1 that it can take now.</param>
/// <param name="IsFiqAsserted">The same of Group 0; never together, since the best interrupt decides.</param>
/// <param name="Generation">The number of changes so far; of two values the larger is the newer.</param>
public readonly record struct VcpuLine(
    VcpuIndex Vcpu, bool IsIrqAsserted, bool IsFiqAsserted, ulong Generation)
{
    /// <summary>Whether there is an interrupt to take, of either group.</summary>
    public bool IsAsserted => IsIrqAsserted || IsFiqAsserted;
}
