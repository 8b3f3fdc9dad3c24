using static ItsService.Core.Registers.RowBuilder;

namespace ItsService.Core.Registers;

/// <summary>The ITS control frame (0x00000) and translation frame (0x10000): gits-registers sections 2 to 12.</summary>
public static class GitsMap
{
    /// <summary>Both frames together.</summary>
    public const int FrameSizeBytes = 0x20000;

    /// <summary>The translation frame, in which GITS_TRANSLATER is the only register.</summary>
    public const int TranslationFrameOffset = 0x10000;

    /// <summary>GITS_TRANSLATER, the doorbell that devices write.</summary>
    public const int TranslaterOffset = 0x10040;

    /// <summary>The rows.</summary>
    public static RegisterMap Map { get; } = new(FrameSizeBytes,
    [
        ReadWrite32(RegisterId.GitsCtlr, "GITS_CTLR", 0x0000, mask: 1,
            F("Quiescent", 31), F("UMSIirq", 8), F("ITS_Number", 7, 4), F("ImDe", 1), F("Enabled", 0)),
        ReadOnly32(RegisterId.GitsIidr, "GITS_IIDR", 0x0004,
            F("ProductID", 31, 24), F("Variant", 19, 16), F("Revision", 15, 12), F("Implementer", 11, 0)),
        ReadOnly64(RegisterId.GitsTyper, "GITS_TYPER", 0x0008,
            F("INV", 46), F("UMSIirq", 45), F("UMSI", 44), F("nID", 43), F("SVPET", 42, 41), F("VMAPP", 40),
            F("VSGI", 39), F("MPAM", 38), F("VMOVP", 37), F("CIL", 36), F("CIDbits", 35, 32), F("HCC", 31, 24),
            F("PTA", 19), F("SEIS", 18), F("Devbits", 17, 13), F("ID_bits", 12, 8), F("ITT_entry_size", 7, 4),
            F("CCT", 2), F("Virtual", 1), F("Physical", 0)),
        ReadOnly32(RegisterId.GitsMpamidr, "GITS_MPAMIDR", 0x0010),
        ReadWrite32(RegisterId.GitsPartidr, "GITS_PARTIDR", 0x0014, mask: 0),
        ReadOnly32(RegisterId.GitsMpidr, "GITS_MPIDR", 0x0018),
        WriteOneToClear32(RegisterId.GitsStatusr, "GITS_STATUSR", 0x0040, mask: 0x3FF,
            F("Syndrome", 9, 6), F("Overflow", 5), F("UMSI", 4), F("WROD", 3), F("RWOD", 2), F("WRD", 1), F("RRD", 0)),
        ReadOnly64(RegisterId.GitsUmsir, "GITS_UMSIR", 0x0048, F("DeviceID", 63, 32), F("EventID", 31, 0)),
        ReadWrite64(RegisterId.GitsCbaser, "GITS_CBASER", 0x0080, GitsCbaser.WritableMask,
            F("Valid", 63), F("InnerCache", 61, 59), F("OuterCache", 55, 53), F("Physical_Address", 51, 12),
            F("Shareability", 11, 10), F("Size", 7, 0)),
        ReadWrite64(RegisterId.GitsCwriter, "GITS_CWRITER", 0x0088, Bits.Mask(19, 5) | 1,
            F("Offset", 19, 5), F("Retry", 0)),
        ReadOnly64(RegisterId.GitsCreadr, "GITS_CREADR", 0x0090, F("Offset", 19, 5), F("Stalled", 0)),
        ReadWrite64(RegisterId.GitsBaser, "GITS_BASER<n>", 0x0100, GitsBaser.WritableMask,
            F("Valid", 63), F("Indirect", 62), F("InnerCache", 61, 59), F("Type", 58, 56), F("OuterCache", 55, 53),
            F("Entry_Size", 52, 48), F("Physical_Address", 47, 12), F("Shareability", 11, 10), F("Page_Size", 9, 8),
            F("Size", 7, 0))
            with { Count = GitsBaser.Count },
        .. Identification("GITS"),
        new RegisterRow(RegisterId.GitsTranslater, "GITS_TRANSLATER", TranslaterOffset, 4, RegisterAccess.WriteOnly,
            uint.MaxValue, [F("EventID", 31, 0)]) { LegalSizes = 2 | 4 },
    ]);
}
