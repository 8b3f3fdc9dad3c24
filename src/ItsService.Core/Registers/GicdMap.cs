using static ItsService.Core.Registers.RowBuilder;

namespace ItsService.Core.Registers;

/// <summary>
/// The distributor's frame: redistributor-lpi section 10. The arrays have room for all 1,020 INTIDs; those above
/// GICD_TYPER.ITLinesNumber, and bank 0, which is the redistributors', read zero and ignore writes.
/// </summary>
public static class GicdMap
{
    /// <summary>The size of the frame.</summary>
    public const int FrameSizeBytes = 0x10000;

    private const int BankCount = 32;
    private const int FirstSpi = 32;
    private const int SpiCount = 988;

    /// <summary>The rows.</summary>
    public static RegisterMap Map { get; } = new(FrameSizeBytes,
    [
        ReadWrite32(RegisterId.GicdCtlr, "GICD_CTLR", 0x0000, mask: 3,
            F("RWP", 31), F("nASSGIreq", 8), F("E1NWF", 7), F("DS", 6), F("ARE", 4), F("EnableGrp1", 1),
            F("EnableGrp0", 0)),
        ReadOnly32(RegisterId.GicdTyper, "GICD_TYPER", 0x0004,
            F("ESPI_range", 31, 27), F("RSS", 26), F("No1N", 25), F("A3V", 24), F("IDbits", 23, 19), F("DVIS", 18),
            F("LPIS", 17), F("MBIS", 16), F("num_LPIs", 15, 11), F("SecurityExtn", 10), F("NMI", 9), F("ESPI", 8),
            F("CPUNumber", 7, 5), F("ITLinesNumber", 4, 0)),
        ReadOnly32(RegisterId.GicdIidr, "GICD_IIDR", 0x0008,
            F("ProductID", 31, 24), F("Variant", 19, 16), F("Revision", 15, 12), F("Implementer", 11, 0)),
        ReadOnly32(RegisterId.GicdTyper2, "GICD_TYPER2", 0x000C, F("nASSGIcap", 8), F("VIL", 7), F("VID", 4, 0)),
        ReadWrite32(RegisterId.GicdStatusr, "GICD_STATUSR", 0x0010, mask: 0),
        WriteOnly32(RegisterId.GicdSetspi, "GICD_SETSPI_NSR", 0x0040, mask: 0x1FFF, F("INTID", 12, 0)),
        WriteOnly32(RegisterId.GicdClrspi, "GICD_CLRSPI_NSR", 0x0048, mask: 0x1FFF, F("INTID", 12, 0)),
        WriteOnly32(RegisterId.GicdSetspi, "GICD_SETSPI_SR", 0x0050, mask: 0x1FFF, F("INTID", 12, 0)),
        WriteOnly32(RegisterId.GicdClrspi, "GICD_CLRSPI_SR", 0x0058, mask: 0x1FFF, F("INTID", 12, 0)),

        Bank(RegisterId.Igroupr, "GICD_IGROUPR<n>", 0x0080, BankCount),
        Bank(RegisterId.Isenabler, "GICD_ISENABLER<n>", 0x0100, BankCount),
        Bank(RegisterId.Icenabler, "GICD_ICENABLER<n>", 0x0180, BankCount),
        Bank(RegisterId.Ispendr, "GICD_ISPENDR<n>", 0x0200, BankCount),
        Bank(RegisterId.Icpendr, "GICD_ICPENDR<n>", 0x0280, BankCount),
        Bank(RegisterId.Isactiver, "GICD_ISACTIVER<n>", 0x0300, BankCount),
        Bank(RegisterId.Icactiver, "GICD_ICACTIVER<n>", 0x0380, BankCount),
        Bank(RegisterId.Ipriorityr, "GICD_IPRIORITYR<n>", 0x0400, BankCount * 8) with { LegalSizes = 1 | 4 },
        Bank(RegisterId.GicdItargetsr, "GICD_ITARGETSR<n>", 0x0800, BankCount * 8)
            with { LegalSizes = 1 | 4, WritableMask = 0 },
        Bank(RegisterId.Icfgr, "GICD_ICFGR<n>", 0x0C00, BankCount * 2),
        Bank(RegisterId.Igrpmodr, "GICD_IGRPMODR<n>", 0x0D00, BankCount),
        Bank(RegisterId.Nsacr, "GICD_NSACR<n>", 0x0E00, BankCount * 2),
        ReadWrite64(RegisterId.GicdIrouter, "GICD_IROUTER<n>", 0x6000 + (8 * FirstSpi), GicdIrouter.WritableMask,
            F("Aff3", 39, 32), F("Interrupt_Routing_Mode", 31), F("Aff2", 23, 16), F("Aff1", 15, 8), F("Aff0", 7, 0))
            with { Count = SpiCount, FirstNumber = FirstSpi },
        .. Identification("GICD"),
    ]);
}
