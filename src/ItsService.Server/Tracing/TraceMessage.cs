using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ItsService.Core.Commands;
using ItsService.Core.Tracing;
using ItsService.Server.Diagnostics;
using ItsService.Server.Msis;

namespace ItsService.Server.Tracing;

/// <summary>A traced event on the wire.</summary>
internal static class TraceMessage
{
    /// <summary>Its message.</summary>
    /// <param name="timed">The event.</param>
    /// <param name="sequenceBefore">The number of the last event before the trace began.</param>
    public static V1.TraceEvent Of(in TimedEvent timed, long sequenceBefore)
    {
        var traced = timed.Event;
        var message = new V1.TraceEvent
        {
            Sequence = (ulong)(traced.Sequence - sequenceBefore),
            Time = Timestamp.FromDateTimeOffset(new DateTimeOffset(timed.Time, TimeSpan.Zero)),
            Kind = TraceWords.KindOf(traced.Kind),
            Message = TraceWords.SentenceOf(traced),
        };
        AddSubject(message, TraceSubject.Of(traced));
        AddRest(message, traced);
        return message;
    }

    private static void AddSubject(V1.TraceEvent message, in TraceSubject subject)
    {
        if (subject.Its is { } its)
        {
            message.Its = its;
        }

        if (subject.Device is { } device)
        {
            message.DeviceId = device;
        }

        if (subject.Event is { } eventId)
        {
            message.EventId = eventId;
        }

        if (subject.IntId is { } intId)
        {
            message.IntId = intId;
        }

        if (subject.Vcpu is { } vcpu)
        {
            message.Vcpu = vcpu;
        }

        if (subject.Collection is { } collection)
        {
            message.CollectionId = collection;
        }
    }

    private static void AddRest(V1.TraceEvent message, in TraceEvent traced)
    {
        switch (traced.Kind)
        {
            case TraceKind.Message or TraceKind.LpiByCommand or TraceKind.DirectLpi:
                message.Outcome = MsiAnswer.OutcomeOf(traced.Outcome);
                message.SentByIntCommand = traced.Kind == TraceKind.LpiByCommand;
                break;
            case TraceKind.Command:
                message.Command = CommandOf(traced);
                break;
            case TraceKind.Acknowledge:
                message.Priority = traced.Priority;
                message.Group = traced.IsGroup1 ? 1u : 0;
                break;
            case TraceKind.EndOfInterrupt:
                message.Group = traced.IsGroup1 ? 1u : 0;
                message.Deactivated = traced.IsDeactivated;
                break;
            case TraceKind.Line:
                message.Line = new V1.TracedLine
                {
                    IrqAsserted = traced.IsIrqAsserted,
                    FiqAsserted = traced.IsFiqAsserted,
                    Generation = traced.Value,
                };
                break;
            case TraceKind.SpiLevel or TraceKind.PpiLevel:
                message.Asserted = traced.IsAsserted;
                break;
            case TraceKind.Switch:
                message.Register = new V1.TracedRegister
                {
                    Name = TraceWords.NameOf(traced.Register),
                    Value = (uint)traced.Value,
                    ValueBefore = traced.ValueBefore,
                };
                break;
            case TraceKind.Mistake:
                message.Mistake = DiagnosticsPage.KindOf(traced.Mistake);
                break;
            case TraceKind.Host:
                message.VmMoment = (V1.TracedVmMoment)traced.HostMark;
                break;
            default:
                break;
        }
    }

    private static V1.TracedCommand CommandOf(in TraceEvent traced)
    {
        var command = traced.Command;
        var message = new V1.TracedCommand
        {
            Opcode = (uint)command.Opcode,
            OpcodeName = CommandNames.Of(command.Opcode),
            QueueOffset = traced.QueueOffset,
            ErrorCode = (uint)traced.Error,
            ErrorName = CommandNames.Of(traced.Error),
            Stalled = traced.IsStalled,
            Slot = traced.Error == CommandError.UnreadableSlot ? ByteString.Empty : CommandFields.Bytes(command),
        };
        switch (command.Opcode)
        {
            case CommandOpcode.Mapd:
                message.Valid = command.Valid;
                message.IttAddress = command.IttAddress.Value;
                message.EventIdBits = command.Size + 1;
                break;
            case CommandOpcode.Mapc:
                message.Valid = command.Valid;
                message.Rdbase = command.RdBase;
                break;
            case CommandOpcode.Sync:
                message.Rdbase = command.RdBase;
                break;
            case CommandOpcode.Movall:
                message.Rdbase = command.RdBase;
                message.SecondRdbase = command.SecondRdBase;
                break;
            default:
                break;
        }

        return message;
    }
}
