namespace ItsService.Core.CpuInterface;

/// <summary>
/// The CPU interface's system registers by their encoding, op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0]
/// (redistributor-lpi section 9).
/// </summary>
public enum SystemRegister
{
#pragma warning disable CS1591 // The names are the architecture's; SystemRegisterMap's rows describe them.
    None = 0,
    IccPmr = 0xC230,
    IccIar0 = 0xC640,
    IccEoir0 = 0xC641,
    IccHppir0 = 0xC642,
    IccBpr0 = 0xC643,
    IccAp0R0 = 0xC644,
    IccAp0R1 = 0xC645,
    IccAp0R2 = 0xC646,
    IccAp0R3 = 0xC647,
    IccAp1R0 = 0xC648,
    IccAp1R1 = 0xC649,
    IccAp1R2 = 0xC64A,
    IccAp1R3 = 0xC64B,
    IccDir = 0xC659,
    IccRpr = 0xC65B,
    IccSgi1R = 0xC65D,
    IccAsgi1R = 0xC65E,
    IccSgi0R = 0xC65F,
    IccIar1 = 0xC660,
    IccEoir1 = 0xC661,
    IccHppir1 = 0xC662,
    IccBpr1 = 0xC663,
    IccCtlr = 0xC664,
    IccSre = 0xC665,
    IccIgrpen0 = 0xC666,
    IccIgrpen1 = 0xC667,
#pragma warning restore CS1591
}
