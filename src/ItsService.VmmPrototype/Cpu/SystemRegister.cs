using ItsService.VmmPrototype.Engine;

namespace ItsService.VmmPrototype.Cpu;

/// <summary>The system registers and instructions that this VMM has something to do with, by encoding.</summary>
internal static class SystemRegister
{
    // op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0]
    public const uint MpidrEl1 = 0xC005;
    public const uint IdAa64Pfr0El1 = 0xC020;
    public const uint CntfrqEl0 = 0xDF00;
    public const uint CntpctEl0 = 0xDF01;
    public const uint CntvctEl0 = 0xDF02;
    public const uint CntpTvalEl0 = 0xDF10;
    public const uint CntpCtlEl0 = 0xDF11;
    public const uint CntpCvalEl0 = 0xDF12;
    public const uint CntvTvalEl0 = 0xDF18;
    public const uint CntvCtlEl0 = 0xDF19;
    public const uint CntvCvalEl0 = 0xDF1A;

    public static readonly SystemRegisterEncoding SpsrEl1 = new(3, 0, 4, 0, 0);

    /// <summary>ICC_PMR_EL1 is apart from the other registers of the CPU interface.</summary>
    private const uint IccPmrEl1 = 0xC230;

    /// <summary>Whether it is one of the GIC's CPU interface at EL1.</summary>
    public static bool IsCpuInterface(SystemRegisterEncoding register) =>
        register.Value == IccPmrEl1
        || (register.Op0 == 3 && register.Op1 == 0 && register.Crn == 12 && register.Crm is >= 8 and <= 12);

    /// <summary>SCTLR, CPACR, TTBR, TCR and their like: what the engine translates instructions by.</summary>
    public static bool ChangesTranslation(SystemRegisterEncoding register) =>
        register.Op0 == 3 && register.Crn is 1 or 2;

    /// <summary>TLBI of the inner shareable domain: other processors follow.</summary>
    public static bool IsSharedTlbi(SystemRegisterEncoding instruction) =>
        instruction.Op0 == 1 && instruction.Crn == 8 && instruction.Crm is 1 or 3;

    /// <summary>IC IALLUIS, IALLU and IVAU.</summary>
    public static bool IsInstructionCache(SystemRegisterEncoding instruction) =>
        instruction.Op0 == 1 && instruction.Crn == 7 && instruction.Crm is 1 or 5;
}
