namespace ItsService.Core.Events;

/// <summary>What a <see cref="GicEvent"/> tells.</summary>
public enum GicEventKind
{
    /// <summary>A command was in error.</summary>
    CommandFailed,

    /// <summary>The command queue stalled on a command in error.</summary>
    QueueStalled,

    /// <summary>A message was dropped.</summary>
    MsiDropped,

    /// <summary>An LPI's configuration byte could not be read; the LPI keeps the configuration that it had.</summary>
    ConfigurationUnreadable,

    /// <summary>A pending table could not be read when LPIs were enabled.</summary>
    PendingTableUnreadable,

    /// <summary>A pending table could not be written when LPIs were disabled; its pending LPIs are lost.</summary>
    PendingTableUnwritable,

    /// <summary>GICR_SETLPIR named an LPI that the redistributor does not take.</summary>
    DirectLpiDropped,

    /// <summary>
    /// A write to an ITS's doorbell, or by a device elsewhere in that frame, was no message and has no effect.
    /// </summary>
    DoorbellWriteIgnored,

    /// <summary>
    /// A pending table held more LPIs than may still become pending in the VM when LPIs were enabled; none of it is.
    /// </summary>
    PendingTableTooFull,
}
