namespace ItsService.Core.Translation;

/// <summary>What became of one message-signalled interrupt (commands section 8).</summary>
public enum MsiOutcome
{
    /// <summary>The LPI is pending now and was not before.</summary>
    Pended,

    /// <summary>The LPI was pending already.</summary>
    Coalesced,

    /// <summary>GITS_CTLR.Enabled is 0.</summary>
    DroppedItsDisabled,

    /// <summary>
    /// The DeviceID exceeds GITS_TYPER.Devbits or the device table, or its place is not in guest RAM.
    /// </summary>
    DroppedDeviceOutOfRange,

    /// <summary>The level-1 entry that covers the DeviceID is not valid, or not in guest RAM.</summary>
    DroppedLevel1Invalid,

    /// <summary>No MAPD has mapped the DeviceID.</summary>
    DroppedDeviceUnmapped,

    /// <summary>The EventID exceeds the size that MAPD gave.</summary>
    DroppedEventOutOfRange,

    /// <summary>No MAPTI or MAPI has mapped the EventID.</summary>
    DroppedEventUnmapped,

    /// <summary>The event's collection is not mapped.</summary>
    DroppedCollectionUnmapped,

    /// <summary>GICR_CTLR.EnableLPIs is 0 on the target redistributor.</summary>
    DroppedLpisDisabled,

    /// <summary>The INTID exceeds GICR_PROPBASER.IDbits of the target redistributor.</summary>
    DroppedIntIdOutOfRange,

    /// <summary>
    /// As many LPIs are pending as may be in the whole VM (<see cref="VirtualGicConfiguration.PendingLpisMax"/>).
    /// </summary>
    DroppedPendingLimit,
}
