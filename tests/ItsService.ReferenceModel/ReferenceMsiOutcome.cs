namespace ItsService.ReferenceModel;

/// <summary>What became of a message.</summary>
public enum ReferenceMsiOutcome
{
    /// <summary>The LPI is pending now, and was not before.</summary>
    Pended,

    /// <summary>The LPI was pending already.</summary>
    Coalesced,

    /// <summary>GITS_CTLR.Enabled is 0.</summary>
    DroppedItsDisabled,

    /// <summary>The device table has no place for the DeviceID.</summary>
    DroppedDeviceOutOfRange,

    /// <summary>The level-1 entry that covers the DeviceID is not valid, or not in RAM.</summary>
    DroppedLevel1Invalid,

    /// <summary>No MAPD for the DeviceID.</summary>
    DroppedDeviceUnmapped,

    /// <summary>The EventID is too large for the device.</summary>
    DroppedEventOutOfRange,

    /// <summary>No MAPTI for the event.</summary>
    DroppedEventUnmapped,

    /// <summary>No MAPC for the event's collection.</summary>
    DroppedCollectionUnmapped,

    /// <summary>GICR_CTLR.EnableLPIs of the target is 0.</summary>
    DroppedLpisDisabled,

    /// <summary>The LPI is above what the target's GICR_PROPBASER.IDbits covers.</summary>
    DroppedIntIdOutOfRange,

    /// <summary>As many LPIs are pending in the VM as may be.</summary>
    DroppedPendingLimit,
}
