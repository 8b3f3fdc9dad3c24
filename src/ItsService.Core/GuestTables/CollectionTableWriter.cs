using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Writes an ITS's collections into the table that its guest gave it (tables 6.7): those that are mapped, and those
/// that events name without that they are, so that the events keep their collections. They stand one behind the other
/// from the first slot on, whatever their ICIDs are; behind the last one stands a zero, if there is a place for it.
/// </summary>
internal sealed class CollectionTableWriter(InterruptTranslationService service)
{
    private readonly List<CollectionTableEntry> _entries = [];
    private readonly List<GuestAddress> _slots = [];

    private string Path => $"its[{service.Number}].collection";

    private GuestTable Table => new(service.ControlFrame.CollectionBaser);

    /// <summary>Finds the slots; what is in the way is told.</summary>
    public MemoryOutcome Locate(out RestoreProblem? problem)
    {
        problem = null;
        if (!Table.HasMemory)
        {
            // Those that hardware holds need no table to be mapped, and one to be saved: without them events would
            // lead nowhere, and nobody would be told.
            problem = service.Collections.Count == 0 ? null : new RestoreProblem(
                RestoreProblemKind.Inconsistent,
                Path,
                "collections are mapped that the ITS holds itself, and GITS_BASER1 gives no table to write them to");
            return problem is null ? MemoryOutcome.Ok : MemoryOutcome.Fault;
        }

        _entries.AddRange(CollectionsInUse.Of(service));
        if ((ulong)_entries.Count > Table.Capacity)
        {
            problem = new RestoreProblem(
                RestoreProblemKind.Inconsistent,
                Path,
                $"the table holds {Table.Capacity} of {_entries.Count} collections");
            return MemoryOutcome.Fault;
        }

        return LocateSlots(out problem);
    }

    public MemoryOutcome Write(out RestoreProblem? problem)
    {
        Span<byte> run = stackalloc byte[ItsTableWriter.RunMax * CollectionTableEntry.SizeBytes];
        var writer = new EntryRun(service.Parts.Memory, run);
        var outcome = MemoryOutcome.Ok;
        for (var index = 0; outcome.IsOk && index < _slots.Count; index++)
        {
            outcome = writer.Put(_slots[index], index < _entries.Count ? _entries[index].Raw : 0);
        }

        outcome = outcome.IsOk ? writer.Flush() : outcome;
        problem = outcome.Status == MemoryStatus.Fault
            ? UnwrittenTable.Problem(service.Parts.Memory, writer.LastRange, Path, Name)
            : null;
        return outcome;
    }

    private MemoryOutcome LocateSlots(out RestoreProblem? problem)
    {
        problem = null;
        var count = (uint)Math.Min((ulong)_entries.Count + 1, Table.Capacity);
        for (var number = 0u; number < count; number++)
        {
            var slot = Table.Locate(number, service.Parts.Memory);
            switch (slot.Status)
            {
                case TableSlotStatus.Found:
                    _slots.Add(slot.Address);
                    break;
                case TableSlotStatus.NotResident:
                    return MemoryOutcome.NotResident(slot.Missing);
                case TableSlotStatus.Level1Invalid when number == _entries.Count:
                    // A table that goes no further needs no end.
                    return MemoryOutcome.Ok;
                case TableSlotStatus.Level1Invalid:
                    problem = new RestoreProblem(
                        RestoreProblemKind.Inconsistent,
                        Path,
                        $"there are {_entries.Count} collections, which fill the table from its first slot on, and slot"
                        + $" {number} has no page: its level-1 entry is not valid");
                    return MemoryOutcome.Fault;
                default:
                    problem = Unwritable();
                    return MemoryOutcome.Fault;
            }
        }

        return MemoryOutcome.Ok;
    }

    private RestoreProblem Unwritable() => new(
        RestoreProblemKind.NotInRam, Path, $"{Name} is not in RAM that can be written");

    private string Name => $"the table at 0x{service.ControlFrame.CollectionBaser.Address.Value:X}";
}
