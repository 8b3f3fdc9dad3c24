namespace ItsService.Core.Explanation;

/// <summary>
/// Why a vCPU has not taken an interrupt, in a controller that runs. One that is pending is held up by its
/// configuration, the CPU interface or the vCPU; one that is not, by the first step of its way that would drop a
/// message now, or by nothing but that no message came.
/// </summary>
public enum NonDelivery
{
    /// <summary>GITS_CTLR.Enabled is 0.</summary>
    ItsDisabled,

    /// <summary>The DeviceID exceeds GITS_TYPER.Devbits or the device table, or its place is not in RAM.</summary>
    DeviceOutOfRange,

    /// <summary>The level-1 entry that covers the DeviceID is not valid, or not in guest RAM.</summary>
    Level1Invalid,

    /// <summary>No MAPD has mapped the DeviceID.</summary>
    DeviceUnmapped,

    /// <summary>The EventID exceeds the size that MAPD gave.</summary>
    EventOutOfRange,

    /// <summary>No MAPTI or MAPI has mapped the EventID.</summary>
    EventUnmapped,

    /// <summary>The LPI was asked for by its INTID, and no event maps it.</summary>
    IntIdUnmapped,

    /// <summary>No MAPC has mapped the event's collection.</summary>
    CollectionUnmapped,

    /// <summary>GICR_CTLR.EnableLPIs is 0 on the target redistributor.</summary>
    LpisDisabled,

    /// <summary>The INTID exceeds GICR_PROPBASER.IDbits of the target redistributor.</summary>
    IntIdOutOfRange,

    /// <summary>As many LPIs are pending as may be in the whole VM.</summary>
    PendingLimit,

    /// <summary>It is not pending and never was.</summary>
    NeverSent,

    /// <summary>It was pending, and stopped being so without a vCPU.</summary>
    TakenAway,

    /// <summary>It was pending, and a vCPU has acknowledged it; another one than an LPI may be active still.</summary>
    Acknowledged,

    /// <summary>It is not pending; whether it ever was is not known.</summary>
    NotPending,

    /// <summary>
    /// The configuration that the controller goes by says disabled, and the byte in guest memory says enabled: there
    /// was no INV or INVALL for it.
    /// </summary>
    InvalidateMissing,

    /// <summary>It is disabled, in guest memory as well.</summary>
    Disabled,

    /// <summary>Its configuration was never read and cannot be read now, and counts as disabled.</summary>
    ConfigurationUnreadable,

    /// <summary>GICD_IROUTER names no vCPU, or no vCPU takes part in 1-of-N.</summary>
    NoTarget,

    /// <summary>GICD_CTLR does not enable its group.</summary>
    GroupDisabledInDistributor,

    /// <summary>ICC_IGRPEN0_EL1 or ICC_IGRPEN1_EL1 does not.</summary>
    GroupDisabledInCpuInterface,

    /// <summary>ICC_PMR_EL1 does not let its priority through.</summary>
    MaskedByPriorityMask,

    /// <summary>What the vCPU handles now has the same or a higher group priority.</summary>
    MaskedByRunningPriority,

    /// <summary>Another pending interrupt comes first.</summary>
    Outranked,

    /// <summary>The vCPU's line is raised for it, and the vCPU has not taken it.</summary>
    LineRaised,
}
