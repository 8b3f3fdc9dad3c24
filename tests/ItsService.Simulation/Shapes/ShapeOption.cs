namespace ItsService.Simulation.Shapes;

/// <summary>
/// In what a shape may differ from its profile. Both models know each of them under a name of their own; here it is a
/// number, 0 and 1 for those that are on or off.
/// </summary>
internal enum ShapeOption
{
    /// <summary>EventID bits.</summary>
    EventIdBits,

    /// <summary>DeviceID bits.</summary>
    DeviceIdBits,

    /// <summary>Collection ID bits, which sets GITS_TYPER.CIL.</summary>
    CollectionIdBits,

    /// <summary>INTID bits.</summary>
    IntIdBits,

    /// <summary>What GITS_TYPER.ITT_entry_size reports, in bytes.</summary>
    IttEntryBytes,

    /// <summary>GITS_TYPER.PTA.</summary>
    PhysicalTargets,

    /// <summary>GITS_TYPER.HCC.</summary>
    HardwareCollections,

    /// <summary>Whether the collection table may have two levels.</summary>
    TwoLevelCollections,

    /// <summary>The page sizes of tables as a sum: 1 for 4 KiB, 2 for 16 KiB, 4 for 64 KiB.</summary>
    PageSizes,

    /// <summary>What a command in error does: 0 continue, 1 stall, 2 stall on memory error.</summary>
    ErrorPolicy,

    /// <summary>GICR_TYPER.DirectLPI.</summary>
    DirectLpis,

    /// <summary>Whether GITS_STATUSR is there.</summary>
    StatusRegister,

    /// <summary>GITS_TYPER.UMSI; of use with a status register.</summary>
    UnmappedRecord,

    /// <summary>Whether MAPC takes pending LPIs along.</summary>
    MapcMovesPending,

    /// <summary>Priority bits of the CPU interfaces, 5..7.</summary>
    PriorityBits,

    /// <summary>Whether all vCPUs share one GICR_PROPBASER.</summary>
    SharedPropbaser,

    /// <summary>GICR_CTLR.IR.</summary>
    InvalidateRegisters,

    /// <summary>Whether GITS_CTLR.Enabled needs valid tables.</summary>
    EnableNeedsTables,

    /// <summary>Whether writing GITS_CBASER clears GITS_CWRITER.</summary>
    CbaserClearsCwriter,

    /// <summary>Whether GITS_CWRITER keeps an offset beyond the queue.</summary>
    KeepsCwriter,

    /// <summary>Whether any write of GITS_CWRITER does as Retry.</summary>
    AnyCwriterRetries,

    /// <summary>Whether MAPTI fails without a configuration byte.</summary>
    MaptiNeedsConfiguration,

    /// <summary>Whether MAPTI fails where the target's pending table has no place for the LPI.</summary>
    MaptiNeedsPendingTable,

    /// <summary>Whether GICR_TYPER.Last ends each region of frames.</summary>
    LastInEachRegion,

    /// <summary>Whether base registers keep every memory attribute.</summary>
    KeepsAttributes,

    /// <summary>Whether GICR_WAKER has a state.</summary>
    Waker,

    /// <summary>How many INTIDs the distributor has room for, a multiple of 32.</summary>
    IntIdLines,

    /// <summary>Whether GICD_CTLR.EnableGrp0 can be set.</summary>
    Group0,

    /// <summary>Whether SPIs may be 1-of-N.</summary>
    OneOfN,

    /// <summary>GICD_TYPER.MBIS.</summary>
    MessageBasedSpis,

    /// <summary>GICD_TYPER.RSS.</summary>
    RangeSelector,

    /// <summary>Affinities far apart instead of 0, 1, 2, …</summary>
    SparseAffinities,

    /// <summary>The first vCPU whose redistributor lies in a second region; 0: there is one region.</summary>
    SecondRegionFrom,

    /// <summary>How many frames lie between the two regions.</summary>
    RegionGap,

    /// <summary>How many commands a register write runs.</summary>
    InlineCommands,

    /// <summary>How many events may be mapped.</summary>
    EventsMax,

    /// <summary>How many devices may be mapped.</summary>
    DevicesMax,

    /// <summary>How many LPIs may be pending.</summary>
    PendingLpisMax,
}
