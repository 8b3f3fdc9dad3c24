using ItsService.Core.CpuInterface;

namespace ItsService.Conformance.Tests.Support;

/// <summary>The registers that a VMM reads of a VM and writes into another; tables are in guest memory.</summary>
/// <param name="Distributor">By offset.</param>
/// <param name="Redistributors">Of each vCPU, by offset.</param>
/// <param name="CpuInterfaces">Of each vCPU, by encoding.</param>
/// <param name="Its">By offset.</param>
internal sealed record SavedRegisters(
    IReadOnlyDictionary<uint, uint> Distributor,
    IReadOnlyList<IReadOnlyDictionary<uint, uint>> Redistributors,
    IReadOnlyList<IReadOnlyDictionary<SystemRegister, ulong>> CpuInterfaces,
    IReadOnlyDictionary<int, ulong> Its);
