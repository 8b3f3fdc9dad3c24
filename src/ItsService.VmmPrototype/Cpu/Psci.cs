namespace ItsService.VmmPrototype.Cpu;

/// <summary>
/// ARM's Power State Coordination Interface 1.0, called by HVC: vCPUs on and off, and the machine's end.
/// </summary>
internal sealed class Psci(VcpuGroup group)
{
    public const uint Version = 0x8400_0000;
    public const uint CpuOff = 0x8400_0002;
    public const uint CpuOn32 = 0x8400_0003;
    public const uint CpuOn64 = 0xC400_0003;
    public const uint AffinityInfo32 = 0x8400_0004;
    public const uint AffinityInfo64 = 0xC400_0004;
    public const uint MigrateInfoType = 0x8400_0006;
    public const uint SystemOff = 0x8400_0008;
    public const uint SystemReset = 0x8400_0009;
    public const uint Features = 0x8400_000A;

    public const ulong Success = 0;
    public static readonly ulong NotSupported = Error(-1);
    public static readonly ulong InvalidParameters = Error(-2);
    public static readonly ulong AlreadyOn = Error(-4);

    private const ulong Version10 = 0x1_0000;
    private const ulong IsOn = 0;
    private const ulong IsOff = 1;

    // No trusted OS is here that had to be migrated.
    private const ulong NoMigration = 2;
    private const ulong AffinityMask = 0xFF_00FF_FFFF;

    /// <summary>Does a call with the guest's X0..X3 and returns what goes to X0.</summary>
    public ulong Call(Vcpu caller, ulong function, ulong first, ulong second, ulong third)
    {
        switch ((uint)function)
        {
            case Version:
                return Version10;
            case CpuOff:
                caller.SwitchOff();
                return Success;
            case CpuOn32:
                return SwitchOn((uint)first, (uint)second, (uint)third);
            case CpuOn64:
                return SwitchOn(first, second, third);
            case AffinityInfo32:
            case AffinityInfo64:
                return Find(first) is { } asked ? asked.IsOn ? IsOn : IsOff : InvalidParameters;
            case MigrateInfoType:
                return NoMigration;
            case SystemOff:
                group.End(MachineEnd.PoweredOff);
                return Success;
            case SystemReset:
                group.End(MachineEnd.Restarted);
                return Success;
            case Features:
                return IsKnown((uint)first) ? Success : NotSupported;
            default:
                return NotSupported;
        }
    }

    private static bool IsKnown(uint function) => function
        is Version or CpuOff or CpuOn32 or CpuOn64 or AffinityInfo32 or AffinityInfo64 or MigrateInfoType
        or SystemOff or SystemReset or Features;

    private static ulong Error(int code) => (ulong)code;

    private ulong SwitchOn(ulong affinity, ulong entry, ulong argument)
    {
        if (Find(affinity) is not { } vcpu)
        {
            return InvalidParameters;
        }

        if (vcpu.IsOn)
        {
            return AlreadyOn;
        }

        vcpu.SwitchOn(entry, argument);
        return Success;
    }

    private Vcpu? Find(ulong affinity) => group.Vcpus.FirstOrDefault(
        vcpu => TrappedRegisters.AffinityOf(vcpu.Index) == (affinity & AffinityMask));
}
