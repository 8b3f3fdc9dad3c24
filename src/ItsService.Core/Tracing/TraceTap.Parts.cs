using ItsService.Core.Commands;
using ItsService.Core.CpuInterface;
using ItsService.Core.Distributor;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Tracing;

/// <content>
/// What the parts of the controller tell. Results come by value: whoever lends one has to keep it in memory, also when
/// there is no tap.
/// </content>
public sealed partial class TraceTap
{
    internal void NoteMessage(int its, DeviceId device, EventId eventId, MsiResult result) =>
        Append(OfMessage(TraceKind.Message, its, device, eventId, result));

    /// <summary>One that reached no redistributor is an error of its command.</summary>
    internal void NoteIntCommand(int its, DeviceId device, EventId eventId, MsiResult result)
    {
        if (result.HasTarget)
        {
            Append(OfMessage(TraceKind.LpiByCommand, its, device, eventId, result));
        }
    }

    internal void NoteDirectLpi(VcpuIndex vcpu, IntId lpi, MsiOutcome outcome) => Append(new TraceEvent
    {
        Kind = TraceKind.DirectLpi,
        Vcpu = vcpu,
        IntId = lpi,
        Outcome = outcome,
    });

    /// <summary>Before the queue goes on.</summary>
    internal void NoteCommand(
        InterruptTranslationService service, in CommandPacket command, CommandError error, bool isStalled = false) =>
        Append(new TraceEvent
        {
            Kind = TraceKind.Command,
            Its = service.Number,
            Command = command,
            Error = error,
            QueueOffset = service.Queue.ReadOffset,
            IsStalled = isStalled,
        });

    internal void NoteAcknowledge(VcpuIndex vcpu, IntId intId, byte priority, bool isGroup1) => Append(new TraceEvent
    {
        Kind = TraceKind.Acknowledge,
        Vcpu = vcpu,
        IntId = intId,
        Priority = priority,
        IsGroup1 = isGroup1,
    });

    internal void NoteEnd(VcpuIndex vcpu, IntId intId, bool isGroup1, bool isDeactivated) => Append(new TraceEvent
    {
        Kind = TraceKind.EndOfInterrupt,
        Vcpu = vcpu,
        IntId = intId,
        IsGroup1 = isGroup1,
        IsDeactivated = isDeactivated,
    });

    internal void NoteDeactivate(VcpuIndex vcpu, IntId intId) => Append(new TraceEvent
    {
        Kind = TraceKind.Deactivate,
        Vcpu = vcpu,
        IntId = intId,
    });

    internal void NoteLine(in VcpuLine line) => Append(new TraceEvent
    {
        Kind = TraceKind.Line,
        Vcpu = line.Vcpu,
        IsIrqAsserted = line.IsIrqAsserted,
        IsFiqAsserted = line.IsFiqAsserted,
        Value = line.Generation,
    });

    /// <summary>Before a device's line is moved; one that stays where it is is none.</summary>
    internal void NoteLevel(InterruptBank bank, int number, VcpuIndex vcpu, bool isAsserted)
    {
        if (((bank.Level >> number) & 1) != 0 != isAsserted)
        {
            Append(new TraceEvent
            {
                Kind = bank.IsPrivate ? TraceKind.PpiLevel : TraceKind.SpiLevel,
                Vcpu = vcpu,
                IntId = bank.IntIdOf(number),
                IsAsserted = isAsserted,
            });
        }
    }

    /// <summary>A write that changes nothing is none.</summary>
    internal void NoteSwitch(TracedRegister register, uint before, uint after, int its = 0, VcpuIndex vcpu = default)
    {
        if (before != after)
        {
            Append(new TraceEvent
            {
                Kind = TraceKind.Switch,
                Register = register,
                Its = its,
                Vcpu = vcpu,
                ValueBefore = before,
                Value = after,
            });
        }
    }

    /// <summary>Commands in error, and messages and LPIs that were dropped, are told already.</summary>
    internal void NoteMistake(in GicEvent mistake)
    {
        if (mistake.Kind is GicEventKind.CommandFailed or GicEventKind.QueueStalled or GicEventKind.MsiDropped
            or GicEventKind.DirectLpiDropped)
        {
            return;
        }

        Append(new TraceEvent
        {
            Kind = TraceKind.Mistake,
            Mistake = mistake.Kind,
            Its = mistake.Its,
            Vcpu = mistake.Vcpu,
            Device = mistake.Device,
            IsByDevice = mistake.IsByDevice,
            Offset = mistake.Offset,
            SizeBytes = mistake.SizeBytes,
            Value = mistake.Value,
            IntId = mistake.Lpi,
            LpiCount = mistake.LpiCount,
        });
    }

    private static TraceEvent OfMessage(
        TraceKind kind, int its, DeviceId device, EventId eventId, MsiResult result) => new()
        {
            Kind = kind,
            Its = its,
            Device = device,
            Event = eventId,
            IntId = result.Lpi,
            Vcpu = result.Target,
            HasVcpu = result.HasTarget,
            Outcome = result.Outcome,
        };
}
