using ItsService.VmmPrototype.Engine;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Cpu;

/// <summary>
/// The system registers of a vCPU that are not the engine's: its affinity, its timers, and the GIC's CPU interface.
/// </summary>
internal sealed class TrappedRegisters(
    int vcpu, UnicornEngine engine, VcpuTimers timers, IInterruptController controller)
{
    // EL0 and EL1 in AArch64 alone, floating point and SIMD, system registers of the GIC.
    private const ulong ProcessorFeatures = 0x0100_0011;
    private const ulong MpidrReserved = 1UL << 31;

    private CpuInterfaceAccess? _pending;

    public static ulong AffinityOf(int vcpu) => (ulong)vcpu;

    /// <summary>MRS. False leaves it to the engine.</summary>
    public bool TryRead(SystemRegisterEncoding register, EngineRegister target)
    {
        if (SystemRegister.IsCpuInterface(register))
        {
            _pending = new CpuInterfaceAccess(register, target, Value: null);
            return false;
        }

        ulong? value = register.Value switch
        {
            SystemRegister.MpidrEl1 => MpidrReserved | AffinityOf(vcpu),
            SystemRegister.IdAa64Pfr0El1 => ProcessorFeatures,
            _ => timers.TryRead(register.Value),
        };
        if (value is null)
        {
            return false;
        }

        WriteTarget(target, value.Value);
        return true;
    }

    /// <summary>MSR. False leaves it to the engine.</summary>
    public bool TryWrite(SystemRegisterEncoding register, ulong value)
    {
        if (SystemRegister.IsCpuInterface(register))
        {
            _pending = new CpuInterfaceAccess(register, EngineRegister.Xzr, value);
            return false;
        }

        return timers.TryWrite(register.Value, value);
    }

    /// <summary>
    /// Does the access to the CPU interface that the engine, which knows no such register, makes an undefined
    /// instruction of. False when that instruction is undefined indeed.
    /// </summary>
    public bool TryEmulate()
    {
        if (_pending is not { } access)
        {
            return false;
        }

        _pending = null;
        if (ProcessorState.IsUser(engine.Read(EngineRegister.Pstate)))
        {
            return false;
        }

        if (access.Value is { } value)
        {
            controller.WriteSystemRegister(vcpu, access.Register.Value, value);
        }
        else
        {
            WriteTarget(access.Target, controller.ReadSystemRegister(vcpu, access.Register.Value));
        }

        engine.Write(EngineRegister.Pc, engine.Read(EngineRegister.Pc) + 4);
        return true;
    }

    private void WriteTarget(EngineRegister target, ulong value)
    {
        if (target != EngineRegister.Xzr)
        {
            engine.Write(target, value);
        }
    }

    private readonly record struct CpuInterfaceAccess(
        SystemRegisterEncoding Register, EngineRegister Target, ulong? Value);
}
