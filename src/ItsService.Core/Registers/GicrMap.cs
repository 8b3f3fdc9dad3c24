using static ItsService.Core.Registers.RowBuilder;

namespace ItsService.Core.Registers;

/// <summary>
/// A redistributor's RD_base (0x00000) and SGI_base (0x10000) frames: redistributor-lpi sections 2 and 6.
/// </summary>
public static class GicrMap
{
    /// <summary>Both frames together, and the distance from one redistributor to the next.</summary>
    public const int FrameSizeBytes = 0x20000;

    private const int SgiBase = 0x10000;

    /// <summary>The rows.</summary>
    public static RegisterMap Map { get; } = new(FrameSizeBytes,
    [
        ReadWrite32(RegisterId.GicrCtlr, "GICR_CTLR", 0x0000, mask: 0x0300_0001,
            F("UWP", 31), F("DPG1S", 26), F("DPG1NS", 25), F("DPG0", 24), F("RWP", 3), F("IR", 2), F("CES", 1),
            F("EnableLPIs", 0)),
        ReadOnly32(RegisterId.GicrIidr, "GICR_IIDR", 0x0004,
            F("ProductID", 31, 24), F("Variant", 19, 16), F("Revision", 15, 12), F("Implementer", 11, 0)),
        ReadOnly64(RegisterId.GicrTyper, "GICR_TYPER", 0x0008,
            F("Aff3", 63, 56), F("Aff2", 55, 48), F("Aff1", 47, 40), F("Aff0", 39, 32), F("PPInum", 31, 27),
            F("VSGI", 26), F("CommonLPIAff", 25, 24), F("Processor_Number", 23, 8), F("RVPEID", 7), F("MPAM", 6),
            F("DPGS", 5), F("Last", 4), F("DirectLPI", 3), F("Dirty", 2), F("VLPIS", 1), F("PLPIS", 0)),
        ReadWrite32(RegisterId.GicrStatusr, "GICR_STATUSR", 0x0010, mask: 0),
        ReadWrite32(RegisterId.GicrWaker, "GICR_WAKER", 0x0014, mask: 2,
            F("ChildrenAsleep", 2), F("ProcessorSleep", 1)),
        ReadOnly32(RegisterId.GicrMpamidr, "GICR_MPAMIDR", 0x0018),
        ReadWrite32(RegisterId.GicrPartidr, "GICR_PARTIDR", 0x001C, mask: 0),
        WriteOnly64(RegisterId.GicrSetlpir, "GICR_SETLPIR", 0x0040, uint.MaxValue, F("pINTID", 31, 0)),
        WriteOnly64(RegisterId.GicrClrlpir, "GICR_CLRLPIR", 0x0048, uint.MaxValue, F("pINTID", 31, 0)),
        ReadWrite64(RegisterId.GicrPropbaser, "GICR_PROPBASER", 0x0070, GicrPropbaser.WritableMask,
            F("OuterCache", 58, 56), F("Physical_Address", 51, 12), F("Shareability", 11, 10), F("InnerCache", 9, 7),
            F("IDbits", 4, 0)),
        ReadWrite64(RegisterId.GicrPendbaser, "GICR_PENDBASER", 0x0078, GicrPendbaser.WritableMask,
            F("PTZ", 62), F("OuterCache", 58, 56), F("Physical_Address", 51, 16), F("Shareability", 11, 10),
            F("InnerCache", 9, 7)),
        WriteOnly64(RegisterId.GicrInvlpir, "GICR_INVLPIR", 0x00A0, uint.MaxValue, F("INTID", 31, 0)),
        WriteOnly64(RegisterId.GicrInvallr, "GICR_INVALLR", 0x00B0, 0),
        ReadOnly32(RegisterId.GicrSyncr, "GICR_SYNCR", 0x00C0, F("Busy", 0)),
        .. Identification("GICR"),

        Bank(RegisterId.Igroupr, "GICR_IGROUPR0", SgiBase + 0x0080),
        Bank(RegisterId.Isenabler, "GICR_ISENABLER0", SgiBase + 0x0100),
        Bank(RegisterId.Icenabler, "GICR_ICENABLER0", SgiBase + 0x0180),
        Bank(RegisterId.Ispendr, "GICR_ISPENDR0", SgiBase + 0x0200),
        Bank(RegisterId.Icpendr, "GICR_ICPENDR0", SgiBase + 0x0280),
        Bank(RegisterId.Isactiver, "GICR_ISACTIVER0", SgiBase + 0x0300),
        Bank(RegisterId.Icactiver, "GICR_ICACTIVER0", SgiBase + 0x0380),
        Bank(RegisterId.Ipriorityr, "GICR_IPRIORITYR<n>", SgiBase + 0x0400, count: 8) with { LegalSizes = 1 | 4 },
        Bank(RegisterId.Icfgr, "GICR_ICFGR<n>", SgiBase + 0x0C00, count: 2),
        Bank(RegisterId.Igrpmodr, "GICR_IGRPMODR0", SgiBase + 0x0D00),
        Bank(RegisterId.Nsacr, "GICR_NSACR", SgiBase + 0x0E00),
    ]);
}
