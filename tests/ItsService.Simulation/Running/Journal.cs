using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;
using ItsService.ReferenceModel;
using ItsService.Simulation.Comparison;

namespace ItsService.Simulation.Running;

/// <summary>A command in error or a dropped message, as either side tells it.</summary>
internal readonly record struct JournalEntry(
    int Its,
    uint QueueOffset,
    byte Opcode,
    uint Code,
    bool Stalled,
    ReferenceMsiOutcome? Dropped,
    uint DeviceId,
    uint EventId,
    uint Lpi,
    int Target);

/// <summary>What both sides report in a step: Core as events, the reference as results.</summary>
internal sealed class Journal(ModelPair pair)
{
    private readonly List<JournalEntry> _core = [];
    private readonly List<JournalEntry> _reference = [];

    /// <summary>Takes Core's new events; returns how often a queue stalled.</summary>
    public int TakeCoreEvents()
    {
        var stalls = 0;
        foreach (ref readonly var gicEvent in pair.Core.Events.Events)
        {
            stalls += gicEvent.Kind == GicEventKind.QueueStalled ? 1 : 0;
            TakeCoreEvent(gicEvent);
        }

        if (pair.Core.Events.LostCount != 0)
        {
            throw DifferenceFoundException.Of(DifferenceKind.Event, "events lost", pair.Core.Events.LostCount, 0);
        }

        pair.Core.Events.Clear();
        return stalls;
    }

    /// <summary>Notes what a command of the reference should have been reported as.</summary>
    public void Expect(int its, in ReferenceCommand command)
    {
        if (command.Message is { Outcome: ReferenceMsiOutcome.DroppedLpisDisabled
            or ReferenceMsiOutcome.DroppedIntIdOutOfRange } message)
        {
            _reference.Add(Drop(its, command.Opcode, message.Outcome, 0, 0, message.Lpi, message.Target));
        }

        if (command.Code != 0)
        {
            _reference.Add(new JournalEntry(
                its, command.QueueOffset, command.Opcode, command.Code, command.Stalled, null, 0, 0, 0, -1));
        }
    }

    /// <summary>The same of a device's message.</summary>
    public void Expect(int its, uint deviceId, uint eventId, ReferenceMessage message)
    {
        if (message.Outcome is not (ReferenceMsiOutcome.Pended or ReferenceMsiOutcome.Coalesced))
        {
            var target = message.Outcome == ReferenceMsiOutcome.DroppedCollectionUnmapped ? -1 : message.Target;
            _reference.Add(Drop(its, 0, message.Outcome, deviceId, eventId, message.Lpi, target));
        }
    }

    /// <summary>Compares the two and begins anew.</summary>
    public void Settle()
    {
        for (var index = 0; index < Math.Max(_core.Count, _reference.Count); index++)
        {
            var core = index < _core.Count ? _core[index] : (JournalEntry?)null;
            var reference = index < _reference.Count ? _reference[index] : (JournalEntry?)null;
            if (core != reference)
            {
                throw DifferenceFoundException.Of(DifferenceKind.Event, $"event {index + 1}", core, reference);
            }
        }

        _core.Clear();
        _reference.Clear();
    }

    private static JournalEntry Drop(
        int its, byte opcode, ReferenceMsiOutcome outcome, uint deviceId, uint eventId, uint lpi, int target) =>
        new(its, 0, opcode, 0, false, outcome, deviceId, eventId, lpi, target);

    /// <summary>Of the rest, which are about memory that could not be read, the reference tells nothing.</summary>
    private void TakeCoreEvent(in GicEvent gicEvent)
    {
        switch (gicEvent.Kind)
        {
            case GicEventKind.CommandFailed or GicEventKind.QueueStalled:
                _core.Add(new JournalEntry(
                    gicEvent.Its,
                    gicEvent.QueueOffset,
                    (byte)gicEvent.Opcode,
                    (uint)gicEvent.Error,
                    gicEvent.Kind == GicEventKind.QueueStalled,
                    null,
                    0,
                    0,
                    0,
                    -1));
                break;
            case GicEventKind.MsiDropped:
                var isCommand = gicEvent.Opcode != CommandOpcode.None;
                var hasTarget = gicEvent.Outcome
                    is MsiOutcome.DroppedLpisDisabled or MsiOutcome.DroppedIntIdOutOfRange;
                _core.Add(Drop(
                    gicEvent.Its,
                    (byte)gicEvent.Opcode,
                    Outcomes.OfReference(gicEvent.Outcome),
                    isCommand ? 0 : gicEvent.Device.Value,
                    isCommand ? 0 : gicEvent.Event.Value,
                    gicEvent.Lpi.Value,
                    hasTarget ? gicEvent.Vcpu.Value : -1));
                break;
            default:
                break;
        }
    }
}
