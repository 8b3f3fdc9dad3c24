using ItsService.Core.CpuInterface;
using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>
/// KVM's CPU_SYSREGS (kvm-uapi section 7): the CPU interface's registers that hold state. Those that do something
/// (acknowledge, end of interrupt, SGIs) are not reachable. ICC_BPR1_EL1 is what is kept, whether or not
/// ICC_CTLR_EL1.CBPR hides it from the guest: the two may be written in either order, and neither is lost.
/// </summary>
internal readonly struct SystemRegisterAccess(GicParts parts, CpuInterface.CpuInterface cpuInterface)
{
    public static UserspaceResult Find(SystemRegister register) => HoldsState(register)
        ? UserspaceResult.Done()
        : UserspaceResult.NoSuchRegister($"0x{(int)register:X} is no system register that holds state");

    public UserspaceResult Read(SystemRegister register) => IsImplemented(register)
        ? UserspaceResult.Done(
            register == SystemRegister.IccBpr1 ? cpuInterface.KeptBinaryPoint1 : cpuInterface.Read(register))
        : NotImplemented(register);

    public UserspaceResult Write(SystemRegister register, ulong value)
    {
        if (!IsImplemented(register))
        {
            return NotImplemented(register);
        }

        if (register == SystemRegister.IccSre && !value.Bit(0))
        {
            return UserspaceResult.Invalid("ICC_SRE_EL1.SRE is 1 and cannot become 0", "SRE = 1");
        }

        if (register == SystemRegister.IccCtlr && WhyNotControl(value) is { } reason)
        {
            return UserspaceResult.Invalid(reason.Message, reason.Accepted);
        }

        if (register == SystemRegister.IccBpr1)
        {
            cpuInterface.KeptBinaryPoint1 = value;
        }
        else if (register != SystemRegister.IccSre)
        {
            cpuInterface.Write(register, value);
        }

        return UserspaceResult.Done();
    }

    /// <summary>
    /// What another host's controller tells of itself in the read-only fields must be what this one has, or less of it.
    /// </summary>
    private (string Message, string Accepted)? WhyNotControl(ulong value)
    {
        var own = cpuInterface.Read(SystemRegister.IccCtlr);
        var priorityBits = own.Field(10, 8) + 1;
        if (value.Field(10, 8) + 1 > priorityBits)
        {
            return ($"ICC_CTLR_EL1 asks for {value.Field(10, 8) + 1} priority bits, and there are {priorityBits}",
                $"PRIbits = 0..{priorityBits - 1}");
        }

        if (value.Field(13, 11) > own.Field(13, 11))
        {
            return ($"ICC_CTLR_EL1.IDbits is {value.Field(13, 11)}, and {own.Field(13, 11)} here",
                own.Field(13, 11) == 0 ? "IDbits = 0" : $"IDbits = 0..{own.Field(13, 11)}");
        }

        foreach (var (bit, name) in new[] { (14, "SEIS"), (15, "A3V") })
        {
            if (value.Bit(bit) != own.Bit(bit))
            {
                var ownValue = own.Bit(bit) ? 1 : 0;
                return ($"ICC_CTLR_EL1.{name} is {1 - ownValue}, and {ownValue} here", $"{name} = {ownValue}");
            }
        }

        return null;
    }

    private static bool HoldsState(SystemRegister register) =>
        register is SystemRegister.IccPmr or SystemRegister.IccBpr0 or SystemRegister.IccBpr1 or SystemRegister.IccCtlr
            or SystemRegister.IccSre or SystemRegister.IccIgrpen0 or SystemRegister.IccIgrpen1
            or (>= SystemRegister.IccAp0R0 and <= SystemRegister.IccAp0R3)
            or (>= SystemRegister.IccAp1R0 and <= SystemRegister.IccAp1R3);

    /// <summary>How many ICC_APxR there are depends on the priority bits: one for 5, two for 6, four for 7.</summary>
    private bool IsImplemented(SystemRegister register)
    {
        var number = register switch
        {
            >= SystemRegister.IccAp0R0 and <= SystemRegister.IccAp0R3 => register - SystemRegister.IccAp0R0,
            >= SystemRegister.IccAp1R0 and <= SystemRegister.IccAp1R3 => register - SystemRegister.IccAp1R0,
            _ => 0,
        };
        return number < ActivePriorities.ImplementedCountFor(parts.Profile.PriorityBits);
    }

    private UserspaceResult NotImplemented(SystemRegister register) => UserspaceResult.Invalid(
        $"0x{(int)register:X} is not implemented with {parts.Profile.PriorityBits} priority bits");
}
