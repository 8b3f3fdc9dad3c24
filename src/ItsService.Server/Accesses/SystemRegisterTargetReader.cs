using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;

namespace ItsService.Server.Accesses;

/// <summary>A checked system register of a vCPU.</summary>
internal readonly record struct SystemRegisterPlace(VcpuIndex Vcpu, SystemRegister Register);

/// <summary>
/// From a vCPU and a SystemRegisterTarget to a place. KVM refuses a register that it does not know with ENXIO.
/// </summary>
internal static class SystemRegisterTargetReader
{
    /// <summary>The place; nonsense when problems were found.</summary>
    public static SystemRegisterPlace Read(
        VirtualGicConfiguration shape, uint vcpu, V1.SystemRegisterTarget? target, FieldPath path,
        RequestProblems problems)
    {
        IndexCheck.Check(vcpu, shape.Affinities.Count, "vCPU", path, "vcpu", problems);
        return new SystemRegisterPlace(
            new VcpuIndex((int)Math.Min(vcpu, int.MaxValue)), ReadRegister(target, path, problems));
    }

    /// <summary>The place of an encoding; nonsense when problems were found.</summary>
    public static SystemRegisterPlace Read(
        VirtualGicConfiguration shape, uint vcpu, uint encoding, FieldPath path, RequestProblems problems)
    {
        IndexCheck.Check(vcpu, shape.Affinities.Count, "vCPU", path, "vcpu", problems);
        return new SystemRegisterPlace(
            new VcpuIndex((int)Math.Min(vcpu, int.MaxValue)), ReadEncoding(encoding, path, problems));
    }

    private static SystemRegister ReadRegister(
        V1.SystemRegisterTarget? target, FieldPath path, RequestProblems problems)
    {
        switch (target?.PlaceCase)
        {
            case V1.SystemRegisterTarget.PlaceOneofCase.Encoding:
                return ReadEncoding(target.Encoding, path, problems);
            case V1.SystemRegisterTarget.PlaceOneofCase.Name:
                return ReadName(target.Name, path, problems);
            default:
                problems.Add(new Problem(V1.ErrorReason.Required, path.Of("target"), "the register is missing")
                {
                    Accepted = "an encoding or a name",
                });
                return SystemRegister.None;
        }
    }

    private static SystemRegister ReadEncoding(uint encoding, FieldPath path, RequestProblems problems)
    {
        var register = (SystemRegister)encoding;
        if (SystemRegisterMap.Find(register) is null)
        {
            problems.Add(new Problem(
                V1.ErrorReason.UnknownSystemRegister, path.Of("target.encoding"),
                $"no register of the CPU interface has the encoding 0x{encoding:X}")
            {
                Errno = Errno.NoSuchRegister,
            });
        }

        return register;
    }

    private static SystemRegister ReadName(string name, FieldPath path, RequestProblems problems)
    {
        if (!RegisterNames.SystemRegisters.TryGetValue(name, out var register))
        {
            problems.Add(new Problem(
                V1.ErrorReason.UnknownSystemRegister, path.Of("target.name"),
                $"the CPU interface has no register '{UntrustedText.Shown(name)}'")
            {
                Suggestion = problems.IsFull ? "" : RegisterNames.NearestSystem(name),
            });
        }

        return register;
    }
}
