using ItsService.Core.Events;
using ItsService.Core.Tracing;
using ItsService.Server.Diagnostics;

namespace ItsService.Server.Tracing;

/// <summary>What an event is about: filters and clients look at the same.</summary>
internal readonly record struct TraceSubject
{
    public uint? Its { get; private init; }

    public uint? Device { get; private init; }

    public uint? Event { get; private init; }

    public uint? IntId { get; private init; }

    public uint? Vcpu { get; private init; }

    public uint? Collection { get; private init; }

    /// <summary>By the event's kind.</summary>
    public static TraceSubject Of(in TraceEvent traced) => traced.Kind switch
    {
        TraceKind.Message or TraceKind.LpiByCommand => OfMessage(traced),
        TraceKind.Command => OfCommand(traced),
        TraceKind.DirectLpi or TraceKind.Acknowledge or TraceKind.EndOfInterrupt or TraceKind.Deactivate
            or TraceKind.PpiLevel => new() { Vcpu = (uint)traced.Vcpu.Value, IntId = traced.IntId.Value },
        TraceKind.SpiLevel => new() { IntId = traced.IntId.Value },
        TraceKind.Line => new() { Vcpu = (uint)traced.Vcpu.Value },
        TraceKind.Switch => OfSwitch(traced),
        TraceKind.Mistake => OfMistake(traced),
        _ => default,
    };

    private static TraceSubject OfMessage(in TraceEvent traced) => new()
    {
        Its = (uint)traced.Its,
        Device = traced.Device.Value,
        Event = traced.Event.Value,
        IntId = traced.IntId.Value == 0 ? null : traced.IntId.Value,
        Vcpu = traced.HasVcpu ? (uint)traced.Vcpu.Value : null,
    };

    // A slot that could not be read is zeros, which is no command.
    private static TraceSubject OfCommand(in TraceEvent traced)
    {
        var opcode = traced.Command.Opcode;
        return new()
        {
            Its = (uint)traced.Its,
            Device = CommandFields.HasDevice(opcode) ? traced.Command.Device.Value : null,
            Event = CommandFields.HasEvent(opcode) ? traced.Command.Event.Value : null,
            IntId = CommandFields.HasLpi(opcode) ? CommandFields.LpiOf(traced.Command) : null,
            Collection = CommandFields.HasCollection(opcode) ? traced.Command.Collection.Value : null,
        };
    }

    private static TraceSubject OfSwitch(in TraceEvent traced) => traced.Register switch
    {
        TracedRegister.GitsCtlr => new() { Its = (uint)traced.Its },
        TracedRegister.GicdCtlr => default,
        _ => new() { Vcpu = (uint)traced.Vcpu.Value },
    };

    private static TraceSubject OfMistake(in TraceEvent traced) => traced.Mistake switch
    {
        GicEventKind.DoorbellWriteIgnored => new()
        {
            Its = (uint)traced.Its,
            Device = traced.IsByDevice ? traced.Device.Value : null,
        },
        GicEventKind.ConfigurationUnreadable => new()
        {
            Vcpu = (uint)traced.Vcpu.Value,
            IntId = traced.IntId.Value,
        },
        _ => new() { Vcpu = (uint)traced.Vcpu.Value },
    };
}
