using ItsService.Core.Tests.Support;
using ItsService.Core.Tracing;

namespace ItsService.Core.Tests.Tracing;

/// <summary>What a tap holds, one line for each event, with the fields that its kind has.</summary>
internal static class TracedText
{
    /// <summary>What has happened since the last call.</summary>
    public static string[] TakeTraced(this VirtualGic gic)
    {
        var lines = gic.Trace!.Events.ToArray().Select(Of).ToArray();
        gic.Trace.Clear();
        return lines;
    }

    /// <summary>The guest, with a tap from now on.</summary>
    public static Guest Traced(this Guest guest, int capacity = 1000)
    {
        guest.Gic.Trace = new TraceTap(capacity);
        return guest;
    }

    private static string Of(TraceEvent traced) => traced.Kind switch
    {
        TraceKind.Message or TraceKind.LpiByCommand =>
            $"{traced.Kind} its {traced.Its} device {traced.Device.Value} event {traced.Event.Value} {traced.Outcome}"
            + (traced.IntId.Value == 0 ? "" : $" {traced.IntId.Value}")
            + (traced.HasVcpu ? $" @{traced.Vcpu.Value}" : ""),
        TraceKind.Command =>
            $"Command its {traced.Its} {traced.Command.Opcode} +{traced.QueueOffset:x} {traced.Error}"
            + (traced.IsStalled ? " stalled" : ""),
        TraceKind.DirectLpi => $"DirectLpi {traced.IntId.Value} @{traced.Vcpu.Value} {traced.Outcome}",
        TraceKind.Acknowledge =>
            $"Acknowledge {traced.IntId.Value} @{traced.Vcpu.Value} {traced.Priority:x}"
            + $" group {(traced.IsGroup1 ? 1 : 0)}",
        TraceKind.EndOfInterrupt =>
            $"End {traced.IntId.Value} @{traced.Vcpu.Value} group {(traced.IsGroup1 ? 1 : 0)}"
            + (traced.IsDeactivated ? " deactivated" : ""),
        TraceKind.Deactivate => $"Deactivate {traced.IntId.Value} @{traced.Vcpu.Value}",
        TraceKind.Line =>
            $"Line @{traced.Vcpu.Value} {(traced.IsIrqAsserted ? "irq" : traced.IsFiqAsserted ? "fiq" : "-")}"
            + $" {traced.Value}",
        TraceKind.SpiLevel => $"Spi {traced.IntId.Value} {traced.IsAsserted}",
        TraceKind.PpiLevel => $"Ppi {traced.IntId.Value} @{traced.Vcpu.Value} {traced.IsAsserted}",
        TraceKind.Switch =>
            $"{traced.Register} its {traced.Its} @{traced.Vcpu.Value} {traced.ValueBefore:x} -> {traced.Value:x}",
        TraceKind.Mistake => $"{traced.ToMistake().Kind} @{traced.Vcpu.Value}",
        _ => $"Host {traced.HostMark}",
    };
}
