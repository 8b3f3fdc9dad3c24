namespace ItsService.Simulation.Generation;

/// <summary>What a generator can decide to do next; most are a few steps.</summary>
internal enum ActionKind
{
    /// <summary>A message, by itself or through GITS_TRANSLATER.</summary>
    Message,

    /// <summary>Commands, as a driver sends them.</summary>
    Commands,

    /// <summary>Commands that the host puts into the queue.</summary>
    HostCommands,

    /// <summary>An interrupt taken and ended.</summary>
    Take,

    /// <summary>An ICC register, or GICD_CTLR.</summary>
    Cpu,

    /// <summary>A line of a device, or a message to an SPI.</summary>
    Line,

    /// <summary>An SGI.</summary>
    Sgi,

    /// <summary>A register of an SGI, PPI or SPI.</summary>
    Interrupt,

    /// <summary>Whether a redistributor takes part in 1-of-N.</summary>
    Participation,

    /// <summary>A configuration byte, and perhaps what makes it seen.</summary>
    Configuration,

    /// <summary>Bits of a pending table.</summary>
    PendingTable,

    /// <summary>LPIs disabled and enabled at a redistributor.</summary>
    LpiToggle,

    /// <summary>An ITS disabled, perhaps changed, and enabled.</summary>
    ItsToggle,

    /// <summary>What no driver does to its queue.</summary>
    QueueAbuse,

    /// <summary>A stalled queue repaired.</summary>
    QueueRepair,

    /// <summary>An access that is nearly right.</summary>
    SloppyAccess,

    /// <summary>An access anywhere.</summary>
    HostileAccess,

    /// <summary>GICR_SETLPIR and its like.</summary>
    DirectLpi,

    /// <summary>Memory that the ITS owns, overwritten.</summary>
    TableScribble,

    /// <summary>Memory that fails.</summary>
    Fault,

    /// <summary>Memory that works again.</summary>
    Heal,

    /// <summary>Memory that Core's host must fetch.</summary>
    Evict,

    /// <summary>Waiting commands run.</summary>
    Run,

    /// <summary>Pause, and later Resume.</summary>
    Pause,

    /// <summary>Reset, and everything set up anew.</summary>
    Reset,

    /// <summary>A save and a restore.</summary>
    Restore,

    /// <summary>One ITS set up as a driver does.</summary>
    BringUpIts,

    /// <summary>One redistributor and CPU interface set up as a driver does.</summary>
    BringUpVcpu,
}
