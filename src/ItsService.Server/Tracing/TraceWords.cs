using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Tracing;
using ItsService.Server.Diagnostics;

namespace ItsService.Server.Tracing;

/// <summary>The kinds, names and sentences of traced events.</summary>
internal static class TraceWords
{
    /// <summary>The kind on the wire.</summary>
    public static V1.TraceEventKind KindOf(TraceKind kind) => kind switch
    {
        TraceKind.Message => V1.TraceEventKind.Msi,
        TraceKind.Command => V1.TraceEventKind.Command,
        TraceKind.LpiByCommand or TraceKind.DirectLpi => V1.TraceEventKind.Lpi,
        TraceKind.Acknowledge => V1.TraceEventKind.Acknowledge,
        TraceKind.EndOfInterrupt => V1.TraceEventKind.End,
        TraceKind.Deactivate => V1.TraceEventKind.Deactivate,
        TraceKind.Line => V1.TraceEventKind.Line,
        TraceKind.SpiLevel or TraceKind.PpiLevel => V1.TraceEventKind.Level,
        TraceKind.Switch => V1.TraceEventKind.Switch,
        TraceKind.Mistake => V1.TraceEventKind.Mistake,
        _ => V1.TraceEventKind.Vm,
    };

    /// <summary>The register's name.</summary>
    public static string NameOf(TracedRegister register) => register switch
    {
        TracedRegister.GitsCtlr => "GITS_CTLR",
        TracedRegister.GicrCtlr => "GICR_CTLR",
        TracedRegister.GicdCtlr => "GICD_CTLR",
        TracedRegister.IccPmr => "ICC_PMR_EL1",
        TracedRegister.IccIgrpen0 => "ICC_IGRPEN0_EL1",
        _ => "ICC_IGRPEN1_EL1",
    };

    /// <summary>What there is to say in words; empty where the fields say all.</summary>
    public static string SentenceOf(in TraceEvent traced) => traced.Kind switch
    {
        TraceKind.Command when traced.Error == CommandError.None => ExecutedSentence.Of(traced.Command),
        TraceKind.Command or TraceKind.Mistake => MistakeSentence.Of(MistakeOf(traced)),
        TraceKind.Message or TraceKind.LpiByCommand or TraceKind.DirectLpi =>
            traced.Outcome is Core.Translation.MsiOutcome.Pended or Core.Translation.MsiOutcome.Coalesced
                ? ""
                : MistakeSentence.Of(MistakeOf(traced)),
        TraceKind.Switch => SwitchSentence(traced),
        _ => "",
    };

    private static GicEvent MistakeOf(in TraceEvent traced) => traced.Kind switch
    {
        TraceKind.Command => new GicEvent
        {
            Kind = traced.IsStalled ? GicEventKind.QueueStalled : GicEventKind.CommandFailed,
            Command = traced.Command,
            Error = traced.Error,
        },
        TraceKind.Mistake => traced.ToMistake(),
        _ => new GicEvent
        {
            Kind = traced.Kind == TraceKind.DirectLpi ? GicEventKind.DirectLpiDropped : GicEventKind.MsiDropped,
            Opcode = traced.Kind == TraceKind.LpiByCommand ? CommandOpcode.Int : CommandOpcode.None,
            Device = traced.Device,
            Event = traced.Event,
            Lpi = traced.IntId,
            Vcpu = traced.Vcpu,
            Outcome = traced.Outcome,
        },
    };

    private static string SwitchSentence(in TraceEvent traced) => traced.Register switch
    {
        TracedRegister.GitsCtlr => $"ITS {traced.Its} is {OnOrOff(traced)}",
        TracedRegister.GicrCtlr => $"LPIs are {OnOrOff(traced)} at vCPU {traced.Vcpu.Value}",
        TracedRegister.GicdCtlr => traced.Value switch
        {
            0 => "the distributor forwards no group",
            3 => "the distributor forwards Group 0 and Group 1",
            _ => $"the distributor forwards Group {traced.Value - 1} alone",
        },
        TracedRegister.IccPmr => traced.Value == 0
            ? $"vCPU {traced.Vcpu.Value} takes no interrupt"
            : $"vCPU {traced.Vcpu.Value} takes interrupts of priorities below 0x{traced.Value:X2}",
        TracedRegister.IccIgrpen0 => $"Group 0 is {OnOrOff(traced)} at vCPU {traced.Vcpu.Value}",
        _ => $"Group 1 is {OnOrOff(traced)} at vCPU {traced.Vcpu.Value}",
    };

    private static string OnOrOff(in TraceEvent traced) => traced.Value != 0 ? "enabled" : "disabled";
}
