using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Translation;
using ItsService.ReferenceModel;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;

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
internal sealed class Journal(ModelPair pair, CoverageCounts coverage)
{
    private readonly List<JournalEntry> _core = [];
    private readonly List<JournalEntry> _reference = [];
    private readonly List<ReferenceDirectLpi> _coreDirectLpis = [];
    private readonly List<ReferenceDirectLpi> _referenceDirectLpis = [];
    private readonly List<ReferenceDoorbellWrite> _coreDoorbellWrites = [];
    private readonly List<ReferenceDoorbellWrite> _referenceDoorbellWrites = [];

    /// <summary>Takes Core's new events, each of a row by itself; returns how often a queue stalled.</summary>
    public int TakeCoreEvents()
    {
        var stalls = 0;
        foreach (ref readonly var kept in pair.Core.Events.After(0))
        {
            coverage.Count(CoverageCases.Report(kept.Event.Kind));
            stalls += kept.Event.Kind == GicEventKind.QueueStalled ? (int)kept.Count : 0;
            for (var number = 0; number < kept.Count; number++)
            {
                TakeCoreEvent(kept.Event);
            }
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
        if (command.Message is { } message && message.Outcome
            is ReferenceMsiOutcome.DroppedLpisDisabled
            or ReferenceMsiOutcome.DroppedIntIdOutOfRange
            or ReferenceMsiOutcome.DroppedPendingLimit)
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

    /// <summary>The same of what GICR_SETLPIR named.</summary>
    public void Expect(ReferenceDirectLpi direct)
    {
        if (direct.Outcome is not (ReferenceMsiOutcome.Pended or ReferenceMsiOutcome.Coalesced))
        {
            _referenceDirectLpis.Add(direct);
        }
    }

    /// <summary>The same of a write to a doorbell that is no message.</summary>
    public void Expect(ReferenceDoorbellWrite write) => _referenceDoorbellWrites.Add(write);

    /// <summary>Compares the two and begins anew.</summary>
    public void Settle()
    {
        Settle("event", _core, _reference);
        Settle("direct LPI", _coreDirectLpis, _referenceDirectLpis);
        Settle("write to a doorbell", _coreDoorbellWrites, _referenceDoorbellWrites);
    }

    private static void Settle<TEntry>(string what, List<TEntry> core, List<TEntry> reference)
        where TEntry : struct, IEquatable<TEntry>
    {
        for (var index = 0; index < Math.Max(core.Count, reference.Count); index++)
        {
            var ofCore = index < core.Count ? core[index] : (TEntry?)null;
            var ofReference = index < reference.Count ? reference[index] : (TEntry?)null;
            if (!ofCore.Equals(ofReference))
            {
                throw DifferenceFoundException.Of(
                    DifferenceKind.Event, $"{what} {index + 1}", ofCore, ofReference);
            }
        }

        core.Clear();
        reference.Clear();
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
                var hasTarget = gicEvent.Outcome is MsiOutcome.DroppedLpisDisabled
                    or MsiOutcome.DroppedIntIdOutOfRange or MsiOutcome.DroppedPendingLimit;
                _core.Add(Drop(
                    gicEvent.Its,
                    (byte)gicEvent.Opcode,
                    Outcomes.OfReference(gicEvent.Outcome),
                    isCommand ? 0 : gicEvent.Device.Value,
                    isCommand ? 0 : gicEvent.Event.Value,
                    gicEvent.Lpi.Value,
                    hasTarget ? gicEvent.Vcpu.Value : -1));
                break;
            case GicEventKind.DirectLpiDropped:
                _coreDirectLpis.Add(new ReferenceDirectLpi(
                    gicEvent.Vcpu.Value, gicEvent.Lpi.Value, Outcomes.OfReference(gicEvent.Outcome)));
                break;
            case GicEventKind.DoorbellWriteIgnored:
                _coreDoorbellWrites.Add(new ReferenceDoorbellWrite(
                    gicEvent.Its,
                    (uint)gicEvent.Offset,
                    gicEvent.SizeBytes,
                    gicEvent.Value,
                    gicEvent.IsByDevice ? gicEvent.Device.Value : null));
                break;
            default:
                break;
        }
    }
}
