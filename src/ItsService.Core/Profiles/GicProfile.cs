using ItsService.Core.Registers;

namespace ItsService.Core.Profiles;

/// <summary>
/// Identification values, widths, and the outcome that is taken wherever the architecture permits several: all that
/// differs between controllers, as data. See <see cref="GicProfiles"/> for the ready-made ones.
/// </summary>
public sealed record GicProfile
{
    /// <summary>A short name for people.</summary>
    public required string Name { get; init; }

    // ---- The ITS (gits-registers) ----

    /// <summary>GITS_IIDR.</summary>
    public required uint GitsIidr { get; init; }

    /// <summary>
    /// GITS_TYPER.ITT_entry_size in bytes, as software is told to allocate. The stride is 8 bytes in every profile.
    /// </summary>
    public required int ReportedIttEntryBytes { get; init; }

    /// <summary>EventID bits, 1..32.</summary>
    public int EventIdBits { get; init; } = 16;

    /// <summary>DeviceID bits, 1..32.</summary>
    public int DeviceIdBits { get; init; } = 16;

    /// <summary>Collection ID bits, 1..16.</summary>
    public int CollectionIdBits { get; init; } = 16;

    /// <summary>GITS_TYPER.CIL: CIDbits tells the width; otherwise it is 16.</summary>
    public bool ReportsCollectionIdBits { get; init; }

    /// <summary>GITS_TYPER.PTA: RDbase is the address of an RD_base frame instead of a Processor_Number.</summary>
    public bool PhysicalTargetAddresses { get; init; }

    /// <summary>GITS_TYPER.HCC: collections held without memory, 0..255.</summary>
    public int HardwareCollections { get; init; }

    /// <summary>The reset value of the device table's GITS_BASER0, Type and Entry_Size included.</summary>
    public required ulong DeviceBaserReset { get; init; }

    /// <summary>The reset value of the collection table's GITS_BASER1, Type and Entry_Size included.</summary>
    public required ulong CollectionBaserReset { get; init; }

    /// <summary>
    /// The page sizes that GITS_BASERn takes. The largest of them stands in for one that is not taken.
    /// </summary>
    public TablePageSizes PageSizes { get; init; } = TablePageSizes.SixtyFourKiB;

    /// <summary>Whether GITS_BASER1.Indirect can be set. GITS_BASER0's always can.</summary>
    public bool TwoLevelCollectionTable { get; init; }

    /// <summary>Which cacheability and shareability the base registers take.</summary>
    public MemoryAttributePolicy AttributePolicy { get; init; } = MemoryAttributePolicy.CoherentOnly;

    /// <summary>Whether enabling is ignored while CBASER, BASER0 or BASER1 is not valid (KVM).</summary>
    public bool EnableNeedsValidTables { get; init; } = true;

    /// <summary>Whether a write of CBASER clears CWRITER as well as CREADR (KVM).</summary>
    public bool CbaserClearsCwriter { get; init; } = true;

    /// <summary>
    /// Whether an out-of-range CWRITER is kept, which stops the queue until an in-range one (QEMU), or dropped (KVM).
    /// </summary>
    public bool KeepsOutOfRangeCwriter { get; init; }

    /// <summary>
    /// Whether a stalled queue goes on after any write of CWRITER that leaves something to read (QEMU), or by Retry
    /// alone.
    /// </summary>
    public bool AnyCwriterWriteRetries { get; init; }

    /// <summary>
    /// Whether MAPC over a mapped collection takes along what is pending at the old target (KVM), or leaves it for
    /// MOVALL (QEMU).
    /// </summary>
    public bool MapcMovesPending { get; init; } = true;

    /// <summary>Whether GITS_STATUSR is built: it tells of accesses that software should not make.</summary>
    public bool HasStatusRegister { get; init; }

    /// <summary>
    /// GITS_TYPER.UMSI: GITS_STATUSR and GITS_UMSIR tell of the first message that nothing maps. Needs
    /// <see cref="HasStatusRegister"/>.
    /// </summary>
    public bool RecordsUnmappedMessages { get; init; }

    /// <summary>What becomes of a command in error.</summary>
    public CommandErrorPolicy CommandErrorPolicy { get; init; } = CommandErrorPolicy.Continue;

    /// <summary>
    /// Whether MAPTI is in error for an LPI that the configuration table does not cover, or whose byte is not in guest
    /// RAM (KVM); or maps it, and the LPI is dropped at delivery or stays disabled (QEMU).
    /// </summary>
    public bool MaptiNeedsConfiguration { get; init; } = true;

    /// <summary>
    /// Whether MAPTI is in error where LPIs are enabled at the event's target and its pending table has no place in
    /// guest RAM for the LPI (KVM); or maps it, and its pending state cannot be written back (QEMU).
    /// </summary>
    public bool MaptiNeedsPendingTable { get; init; } = true;

    /// <summary>PIDR4..7, PIDR0..3, CIDR0..3 of the ITS.</summary>
    public required IdentificationRegisters GitsIdentification { get; init; }

    // ---- Redistributors (redistributor-lpi sections 2 to 5) ----

    /// <summary>GICR_IIDR.</summary>
    public required uint GicrIidr { get; init; }

    /// <summary>GICR_TYPER.CommonLPIAff.</summary>
    public int CommonLpiAff { get; init; }

    /// <summary>Whether Aff3 is reported in GICR_TYPER.</summary>
    public bool ReportsAff3 { get; init; }

    /// <summary>
    /// Whether GICR_TYPER.Last is set at the end of each region (QEMU), or not where the next vCPU's frame lies behind,
    /// in a region that begins there (KVM).
    /// </summary>
    public bool LastInEachRegion { get; init; }

    /// <summary>Whether all redistributors share one GICR_PROPBASER (KVM).</summary>
    public bool SharedPropbaser { get; init; } = true;

    /// <summary>The reset value of GICR_PROPBASER and GICR_PENDBASER.</summary>
    public ulong LpiBaserReset { get; init; }

    /// <summary>GICR_CTLR.IR: GICR_INVLPIR, GICR_INVALLR and GICR_SYNCR work.</summary>
    public bool InvalidateRegisters { get; init; } = true;

    /// <summary>GICR_TYPER.DirectLPI: GICR_SETLPIR and GICR_CLRLPIR work.</summary>
    public bool DirectLpis { get; init; }

    /// <summary>Whether GICR_WAKER has a state, or reads zero as one that is always awake (KVM).</summary>
    public bool HasWaker { get; init; }

    /// <summary>PIDR4..7, PIDR0..3, CIDR0..3 of a redistributor.</summary>
    public required IdentificationRegisters GicrIdentification { get; init; }

    // ---- The distributor (redistributor-lpi section 10) ----

    /// <summary>GICD_IIDR.</summary>
    public required uint GicdIidr { get; init; }

    /// <summary>INTID bits, 14..24 (GICD_TYPER.IDbits plus one).</summary>
    public int IntIdBits { get; init; } = 16;

    /// <summary>How many INTIDs are SGIs, PPIs and SPIs together: a multiple of 32, 32..1024.</summary>
    public int IntIdLines { get; init; } = 256;

    /// <summary>GICD_TYPER bits other than ITLinesNumber, MBIS, LPIS, IDbits and RSS.</summary>
    public uint GicdTyperFixed { get; init; }

    /// <summary>
    /// Whether an SPI may go to any vCPU: GICD_IROUTER&lt;n&gt;.IRM, GICR_CTLR.DPG0 and DPG1NS, GICR_TYPER.DPGS.
    /// GICD_TYPER.No1N, if it is among <see cref="GicdTyperFixed"/>, reads 0 then.
    /// </summary>
    public bool HasOneOfN { get; init; }

    /// <summary>GICD_TYPER.MBIS: GICD_SETSPI_NSR and its like work.</summary>
    public bool HasMessageBasedSpis { get; init; }

    /// <summary>GICD_TYPER.RSS and ICC_CTLR_EL1.RSS: SGIs reach vCPUs with an Aff0 above 15 by name.</summary>
    public bool HasRangeSelector { get; init; }

    /// <summary>Whether GICD_CTLR.EnableGrp0 can be set; KVM does not keep it.</summary>
    public bool HasGroup0Enable { get; init; }

    /// <summary>What GICD_STATUSR reads: KVM answers all ones, QEMU zero.</summary>
    public uint GicdStatusr { get; init; }

    /// <summary>The bits of an IPRIORITYR byte that are kept.</summary>
    public byte PriorityMask { get; init; } = 0xF8;

    /// <summary>PIDR4..7, PIDR0..3, CIDR0..3 of the distributor.</summary>
    public required IdentificationRegisters GicdIdentification { get; init; }

    // ---- The CPU interface (redistributor-lpi section 9) ----

    /// <summary>Priority bits, 5..7, which are all pre-emption bits (ICC_CTLR_EL1.PRIbits plus one).</summary>
    public int PriorityBits { get; init; } = 5;

    /// <summary>ICC_CTLR_EL1.A3V.</summary>
    public bool IccAff3Valid { get; init; }
}
