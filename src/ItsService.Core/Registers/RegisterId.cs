namespace ItsService.Core.Registers;

/// <summary>Every memory-mapped register of the model, by its architected name.</summary>
public enum RegisterId
{
#pragma warning disable CS1591 // The names are the architecture's; RegisterMap's rows describe them.
    None,

    GitsCtlr, GitsIidr, GitsTyper, GitsMpamidr, GitsPartidr, GitsMpidr, GitsStatusr, GitsUmsir,
    GitsCbaser, GitsCwriter, GitsCreadr, GitsBaser, GitsTranslater,

    GicrCtlr, GicrIidr, GicrTyper, GicrStatusr, GicrWaker, GicrMpamidr, GicrPartidr, GicrSetlpir, GicrClrlpir,
    GicrPropbaser, GicrPendbaser, GicrInvlpir, GicrInvallr, GicrSyncr,

    GicdCtlr, GicdTyper, GicdIidr, GicdTyper2, GicdStatusr, GicdSetspi, GicdClrspi, GicdItargetsr,
    GicdIrouter,

    // The banks of 32 INTIDs: GICR_*0 for SGIs and PPIs, GICD_*<n> for SPIs.
    Igroupr, Isenabler, Icenabler, Ispendr, Icpendr, Isactiver, Icactiver, Ipriorityr, Icfgr, Igrpmodr, Nsacr,

    // PIDR4..7, PIDR0..3, CIDR0..3 of each frame.
    Identification,
#pragma warning restore CS1591
}
