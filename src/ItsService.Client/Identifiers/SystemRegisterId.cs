using ItsService.Protocol.V1;

namespace ItsService.Client.Identifiers;

/// <summary>Which system register of a CPU interface is meant: by encoding or by name.</summary>
public readonly record struct SystemRegisterId
{
    /// <summary>ICC_PMR_EL1: the priority mask.</summary>
    public static readonly SystemRegisterId IccPmr = FromEncoding(0xC230);

    /// <summary>ICC_DIR_EL1: deactivates an interrupt.</summary>
    public static readonly SystemRegisterId IccDir = FromEncoding(0xC659);

    /// <summary>ICC_IAR1_EL1: reading it acknowledges an interrupt.</summary>
    public static readonly SystemRegisterId IccIar1 = FromEncoding(0xC660);

    /// <summary>ICC_EOIR1_EL1: ends an interrupt.</summary>
    public static readonly SystemRegisterId IccEoir1 = FromEncoding(0xC661);

    /// <summary>ICC_HPPIR1_EL1: the highest-priority pending interrupt.</summary>
    public static readonly SystemRegisterId IccHppir1 = FromEncoding(0xC662);

    /// <summary>ICC_BPR1_EL1: the binary point.</summary>
    public static readonly SystemRegisterId IccBpr1 = FromEncoding(0xC663);

    /// <summary>ICC_CTLR_EL1: the control register.</summary>
    public static readonly SystemRegisterId IccCtlr = FromEncoding(0xC664);

    /// <summary>ICC_IGRPEN1_EL1: enables group 1.</summary>
    public static readonly SystemRegisterId IccIgrpen1 = FromEncoding(0xC667);

    private SystemRegisterId(SystemRegisterTarget target)
    {
        Target = target;
    }

    internal SystemRegisterTarget Target { get; }

    /// <summary>By encoding: op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0].</summary>
    public static SystemRegisterId FromEncoding(uint encoding) =>
        new(new SystemRegisterTarget { Encoding = encoding });

    /// <summary>By the architecture's name, such as "ICC_PMR_EL1".</summary>
    public static SystemRegisterId Named(string name) => new(new SystemRegisterTarget { Name = name });

    /// <summary>The name or the encoding.</summary>
    public override string ToString() => Target?.PlaceCase switch
    {
        SystemRegisterTarget.PlaceOneofCase.Name => Target.Name,
        SystemRegisterTarget.PlaceOneofCase.Encoding => $"0x{Target.Encoding:x}",
        _ => "none",
    };
}
