namespace ItsService.Core.Tracing;

/// <summary>What a <see cref="TraceEvent"/> tells; which of its fields apply follows from it.</summary>
public enum TraceKind : byte
{
    /// <summary>
    /// A device's message: Its, Device, Event and Outcome; IntId where it is not 0, Vcpu where HasVcpu.
    /// </summary>
    Message,

    /// <summary>A command that was executed, or was in error: Its, Command, Error, QueueOffset, IsStalled.</summary>
    Command,

    /// <summary>
    /// The message of an INT command that reached a redistributor: as of a device, with IntId and Vcpu.
    /// </summary>
    LpiByCommand,

    /// <summary>GICR_SETLPIR: Vcpu, IntId and Outcome.</summary>
    DirectLpi,

    /// <summary>A vCPU took an interrupt by ICC_IARn_EL1: Vcpu, IntId, Priority, IsGroup1.</summary>
    Acknowledge,

    /// <summary>A vCPU's running priority dropped by ICC_EOIRn_EL1: Vcpu, IntId, IsGroup1, IsDeactivated.</summary>
    EndOfInterrupt,

    /// <summary>A vCPU deactivated an interrupt by ICC_DIR_EL1: Vcpu and IntId.</summary>
    Deactivate,

    /// <summary>A vCPU's line changed: Vcpu, IsIrqAsserted, IsFiqAsserted, and its generation in Value.</summary>
    Line,

    /// <summary>A device moved its line to an SPI: IntId and IsAsserted.</summary>
    SpiLevel,

    /// <summary>A device moved its line to a PPI: IntId, Vcpu and IsAsserted.</summary>
    PpiLevel,

    /// <summary>
    /// A register that lets interrupts through, or keeps them back, got another value: Register, Value and ValueBefore;
    /// of GITS_CTLR Its, of a vCPU's register Vcpu.
    /// </summary>
    Switch,

    /// <summary>A guest's mistake that no other kind tells: see <see cref="TraceEvent.ToMistake"/>.</summary>
    Mistake,

    /// <summary>Something that the host did to the controller, in the host's own words: HostMark.</summary>
    Host,
}
