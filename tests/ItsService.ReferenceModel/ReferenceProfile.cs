namespace ItsService.ReferenceModel;

/// <summary>
/// Everything in which two implementations may differ, as plain values. Where "gits", "rd", "tables" and "commands" are
/// followed by a number, here and elsewhere, the README beside this file says what is meant.
/// </summary>
public sealed record ReferenceProfile
{
    // The ITS: identification.

    /// <summary>GITS_IIDR: gits 4.</summary>
    public required uint GitsIidr { get; init; }

    /// <summary>GITS_TYPER.ID_bits, as a number of bits: gits 5.</summary>
    public int EventIdBits { get; init; } = 16;

    /// <summary>GITS_TYPER.Devbits, as a number of bits: gits 5.</summary>
    public int DeviceIdBits { get; init; } = 16;

    /// <summary>GITS_TYPER.CIL: whether CIDbits tells the width of ICIDs, which is 16 bits otherwise: gits 5.</summary>
    public bool CollectionIdLimit { get; init; }

    /// <summary>GITS_TYPER.CIDbits, as a number of bits; counts with <see cref="CollectionIdLimit"/> only.</summary>
    public int CollectionIdBits { get; init; } = 16;

    /// <summary>What GITS_TYPER.ITT_entry_size reports, in bytes. The stride is 8 all the same.</summary>
    public int ReportedIttEntryBytes { get; init; } = 8;

    /// <summary>GITS_TYPER.PTA: RDbase is an address: gits 5.</summary>
    public bool Pta { get; init; }

    /// <summary>GITS_TYPER.HCC: collections held without memory: gits 5.</summary>
    public int Hcc { get; init; }

    /// <summary>The identification registers at 0xFFD0 to 0xFFFC of the control frame: gits 12.</summary>
    public required IReadOnlyList<uint> GitsIdentification { get; init; }

    // The ITS: tables and queue.

    /// <summary>GITS_BASER0..7 at reset: Type, Entry_Size, the page size that stands in for others: gits 9.</summary>
    public required IReadOnlyList<ulong> BaserReset { get; init; }

    /// <summary>The encodings of GITS_BASERn.Page_Size that read back as written: gits 9.</summary>
    public required IReadOnlyList<uint> AcceptedPageSizes { get; init; }

    /// <summary>Whether GITS_BASERn.Indirect of the collection table can be set: gits 9.</summary>
    public bool TwoLevelCollectionTable { get; init; }

    /// <summary>What becomes of memory attributes: gits 8.1, 9; tables 9.</summary>
    public ReferenceAttributePolicy Attributes { get; init; }

    /// <summary>Whether setting GITS_CTLR.Enabled needs valid CBASER, BASER0 and BASER1: gits 3.</summary>
    public bool EnableNeedsValidTables { get; init; }

    /// <summary>Whether writing GITS_CBASER clears GITS_CWRITER too: gits 8.1.</summary>
    public bool CbaserClearsCwriter { get; init; }

    /// <summary>Whether GITS_CWRITER takes an offset beyond the queue, which stops it, or drops it: gits 8.3.</summary>
    public bool KeepsOutOfRangeCwriter { get; init; }

    /// <summary>What a command in error does: commands 1.1.</summary>
    public ReferenceErrorPolicy ErrorPolicy { get; init; }

    /// <summary>Whether any write of GITS_CWRITER that differs from CREADR acts as Retry: commands 1.1.</summary>
    public bool AnyCwriterWriteRestartsStalledQueue { get; init; }

    /// <summary>Whether MAPTI fails if the configuration byte is in no table or not readable: commands 6.3.</summary>
    public bool MaptiNeedsConfiguration { get; init; }

    /// <summary>Whether MAPTI fails if the target's pending table, in use, is not in RAM there: commands 6.3.</summary>
    public bool MaptiNeedsPendingTable { get; init; }

    /// <summary>Whether MAPC over another target takes pending LPIs along: commands 6.2.</summary>
    public bool MapcMovesPending { get; init; }

    /// <summary>Whether GITS_STATUSR is there: gits 7.</summary>
    public bool HasStatusRegister { get; init; }

    /// <summary>GITS_TYPER.UMSI: unmapped messages are recorded: gits 7.</summary>
    public bool ReportsUnmappedMsis { get; init; }

    // The redistributors.

    /// <summary>GICR_IIDR: rd 2.</summary>
    public required uint GicrIidr { get; init; }

    /// <summary>The identification registers at 0xFFD0 to 0xFFFC of RD_base: rd 2.</summary>
    public required IReadOnlyList<uint> GicrIdentification { get; init; }

    /// <summary>Whether all vCPUs share one GICR_PROPBASER: tables 9.</summary>
    public bool SharedPropbaser { get; init; }

    /// <summary>GICR_CTLR.IR: INVLPIR, INVALLR and SYNCR are there: rd 2, 3.</summary>
    public bool InvalidateRegisters { get; init; }

    /// <summary>GICR_TYPER.DirectLPI: SETLPIR and CLRLPIR are there, and the three above: rd 2, 4.</summary>
    public bool DirectLpis { get; init; }

    /// <summary>Whether GICR_WAKER keeps ProcessorSleep, or is RAZ/WI: rd 5.</summary>
    public bool HasWaker { get; init; }

    /// <summary>Whether GICR_TYPER shows Aff3: rd 4.</summary>
    public bool ReportsAff3 { get; init; }

    /// <summary>Whether GICR_TYPER.Last looks at each region of frames for itself: rd 4.</summary>
    public bool LastInEachRegion { get; init; }

    /// <summary>GICR_TYPER.CommonLPIAff: rd 4.</summary>
    public uint CommonLpiAff { get; init; }

    /// <summary>GICR_PROPBASER and GICR_PENDBASER at reset: rd 12.</summary>
    public ulong LpiBaserReset { get; init; }

    // The CPU interfaces.

    /// <summary>How many bits of priority the CPU interface has: ICC_CTLR_EL1.PRIbits plus one: rd 9.1.</summary>
    public int PriorityBits { get; init; } = 5;

    /// <summary>Whether ICC_CTLR_EL1.IDbits tells of 24 bits even when GICD_TYPER tells of fewer: rd 9.1.</summary>
    public bool IccWideIntIds { get; init; }

    /// <summary>ICC_CTLR_EL1.A3V: rd 9.1.</summary>
    public bool IccAff3Valid { get; init; }

    // The distributor.

    /// <summary>How many bits INTIDs have: GICD_TYPER.IDbits plus one: rd 10.2.</summary>
    public int IntIdBits { get; init; } = 16;

    /// <summary>GICD_IIDR: rd 10.</summary>
    public required uint GicdIidr { get; init; }

    /// <summary>The identification registers at 0xFFD0 to 0xFFFC of the distributor: rd 10.</summary>
    public required IReadOnlyList<uint> GicdIdentification { get; init; }

    /// <summary>GICD_TYPER.ITLinesNumber: rd 10.2.</summary>
    public uint GicdItLinesNumber { get; init; } = 7;

    /// <summary>GICD_TYPER.A3V: rd 10.2.</summary>
    public bool GicdAff3Valid { get; init; }

    /// <summary>GICD_TYPER.No1N: rd 10.2.</summary>
    public bool GicdNo1N { get; init; }

    /// <summary>Whether GICD_IROUTER.IRM can be set, and GICR_CTLR.DPG0 and DPG1NS: rd 3, 10.3.</summary>
    public bool HasOneOfN { get; init; }

    /// <summary>GICD_TYPER.MBIS: GICD_SETSPI_NSR and its like are there: rd 10, 10.2.</summary>
    public bool HasMessageBasedSpis { get; init; }

    /// <summary>GICD_TYPER.RSS and ICC_CTLR_EL1.RSS: SGIs reach Aff0 above 15: rd 9.1, 10.3.</summary>
    public bool HasRangeSelector { get; init; }

    /// <summary>The bits of an IPRIORITYR byte that are kept: rd 6, 10.</summary>
    public byte KeptPriorityBits { get; init; } = 0xF8;

    /// <summary>What GICD_STATUSR reads; writes are ignored: rd 12.</summary>
    public uint GicdStatusr { get; init; }

    /// <summary>Whether GICD_CTLR.EnableGrp0 can be set: rd 10.1.</summary>
    public bool HasGroup0Enable { get; init; }

    /// <summary>KVM's choices.</summary>
    public static ReferenceProfile Kvm { get; } = new()
    {
        GitsIidr = 0x4B00_043B,
        GitsIdentification = [0x40, 0, 0, 0, 0x92, 0xB4, 0x3B, 0, 0x0D, 0xF0, 0x05, 0xB1],
        BaserReset = [0x1907_0000_0000_0600, 0x1C07_0000_0000_0600, 0, 0, 0, 0, 0, 0],
        AcceptedPageSizes = [2],
        Attributes = ReferenceAttributePolicy.SanitiseLikeKvm,
        EnableNeedsValidTables = true,
        CbaserClearsCwriter = true,
        ErrorPolicy = ReferenceErrorPolicy.Continue,
        MaptiNeedsConfiguration = true,
        MaptiNeedsPendingTable = true,
        MapcMovesPending = true,
        GicrIidr = 0x4B00_043B,
        GicrIdentification = [0, 0, 0, 0, 0, 0, 0x3B, 0, 0, 0, 0, 0],
        SharedPropbaser = true,
        InvalidateRegisters = true,
        LpiBaserReset = 0x580,
        GicdIidr = 0x4B00_343B,
        GicdIdentification = [0, 0, 0, 0, 0, 0, 0x3B, 0, 0, 0, 0, 0],
        GicdStatusr = 0xFFFF_FFFF,
    };

    /// <summary>QEMU's choices.</summary>
    public static ReferenceProfile Qemu { get; } = new()
    {
        GitsIidr = 0x0000_043B,
        CollectionIdLimit = true,
        ReportedIttEntryBytes = 12,
        GitsIdentification = [0x44, 0, 0, 0, 0x94, 0xB4, 0x3B, 0, 0x0D, 0xF0, 0x05, 0xB1],
        BaserReset = [0x0107_0000_0000_0200, 0x0407_0000_0000_0200, 0, 0, 0, 0, 0, 0],
        AcceptedPageSizes = [0, 1, 2, 3],
        TwoLevelCollectionTable = true,
        Attributes = ReferenceAttributePolicy.KeepAll,
        KeepsOutOfRangeCwriter = true,
        ErrorPolicy = ReferenceErrorPolicy.StallOnMemoryError,
        AnyCwriterWriteRestartsStalledQueue = true,
        GicrIidr = 0x0000_043B,
        GicrIdentification = [0x44, 0, 0, 0, 0x93, 0xB4, 0x3B, 0, 0x0D, 0xF0, 0x05, 0xB1],
        HasWaker = true,
        ReportsAff3 = true,
        LastInEachRegion = true,
        CommonLpiAff = 1,
        IccWideIntIds = true,
        IccAff3Valid = true,
        GicdIidr = 0x0000_043B,
        GicdIdentification = [0x44, 0, 0, 0, 0x92, 0xB4, 0x3B, 0, 0x0D, 0xF0, 0x05, 0xB1],
        GicdAff3Valid = true,
        GicdNo1N = true,
        KeptPriorityBits = 0xFF,
        HasGroup0Enable = true,
    };
}
