using ItsService.Core.Registers;

namespace ItsService.Core.CpuInterface;

/// <summary>One system register of the CPU interface.</summary>
/// <param name="Register">Its encoding.</param>
/// <param name="Name">The architecture's name.</param>
/// <param name="Access">What software may do.</param>
/// <param name="Fields">Its fields, highest first.</param>
public sealed record SystemRegisterRow(
    SystemRegister Register, string Name, RegisterAccess Access, IReadOnlyList<RegisterField> Fields);
