using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>A traced event in words.</summary>
internal static class TraceText
{
    public static string Of(TraceEvent traced) => traced.Kind switch
    {
        TraceEventKind.Msi => $"ITS {traced.Its}: {Message(traced)}",
        TraceEventKind.Lpi when traced.SentByIntCommand => $"ITS {traced.Its}: INT: {Message(traced)}",
        TraceEventKind.Lpi => traced.Message.Length > 0 ? traced.Message : $"GICR_SETLPIR: {Pended(traced)}",
        TraceEventKind.Command =>
            $"ITS {traced.Its} +0x{traced.Command.QueueOffset:x5}: {traced.Message}{Error(traced)}",
        TraceEventKind.Acknowledge =>
            $"vCPU {traced.Vcpu} takes INTID {traced.IntId}, priority 0x{traced.Priority:X2}, Group {traced.Group}",
        TraceEventKind.End =>
            $"vCPU {traced.Vcpu} ends INTID {traced.IntId}, Group {traced.Group}"
            + (traced.Deactivated ? ", and deactivates it" : ""),
        TraceEventKind.Deactivate => $"vCPU {traced.Vcpu} deactivates INTID {traced.IntId}",
        TraceEventKind.Line =>
            $"vCPU {traced.Vcpu}: IRQ {Level(traced.Line.IrqAsserted)}, FIQ {Level(traced.Line.FiqAsserted)}, "
            + $"generation {traced.Line.Generation}",
        TraceEventKind.Level =>
            $"INTID {traced.IntId}{(traced.HasVcpu ? $" of vCPU {traced.Vcpu}" : "")}: "
            + $"the device's line is {(traced.Asserted ? "high" : "low")}",
        TraceEventKind.Switch =>
            $"{traced.Register.Name} 0x{traced.Register.ValueBefore:x} -> 0x{traced.Register.Value:x}: "
            + traced.Message,
        TraceEventKind.Vm => $"the VM is {Moment(traced.VmMoment)}",
        _ => traced.HasIts ? $"ITS {traced.Its}: {traced.Message}" : traced.Message,
    };

    private static string Message(TraceEvent traced) => traced.Message.Length > 0
        ? traced.Message
        : $"event {traced.EventId} of device 0x{traced.DeviceId:X}: {Pended(traced)}";

    private static string Pended(TraceEvent traced) =>
        $"LPI {traced.IntId} {(traced.Outcome == MsiOutcome.Coalesced ? "was pending already" : "is pending")} at vCPU "
        + $"{traced.Vcpu}";

    private static string Error(TraceEvent traced) => traced.Command.ErrorCode == 0
        ? ""
        : $" [{traced.Command.ErrorName} 0x{traced.Command.ErrorCode:x6}]";

    private static string Level(bool isAsserted) => isAsserted ? "asserted" : "deasserted";

    private static string Moment(TracedVmMoment moment) => moment switch
    {
        TracedVmMoment.Paused => "paused",
        TracedVmMoment.Resumed => "resumed",
        TracedVmMoment.Reset => "reset",
        TracedVmMoment.Restored => "restored",
        TracedVmMoment.Faulted => "faulted",
        _ => $"in another state ({moment})",
    };
}
