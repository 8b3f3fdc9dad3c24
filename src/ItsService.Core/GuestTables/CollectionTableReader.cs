using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.State;
using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Reads a guest's collection table (tables 6.8): slot by slot from the first, until one that is not valid, or has no
/// page in a table of two levels.
/// </summary>
internal readonly struct CollectionTableReader(
    InterruptTranslationService service, SlotBudget budget, RestoreProblems problems, TableAreas areas)
{
    private string Path => $"its[{service.Number}].collection_table";

    private int VcpuCount => service.Parts.Redistributors.Length;

    /// <summary>Adds what is mapped; <paramref name="known"/> gets those, too, that have no target.</summary>
    public MemoryOutcome Read(ReadMappings mappings, HashSet<uint> known)
    {
        var table = new GuestTable(service.ControlFrame.CollectionBaser);
        Span<byte> buffer = stackalloc byte[EntryWindow.SizeBytes];
        var window = new EntryWindow(service.Parts.Memory, buffer);
        var pages = new HashSet<ulong>();
        for (var number = 0u; number < table.Capacity && !budget.IsSpent; number++)
        {
            budget.Take();
            var outcome = ReadSlot(table, ref window, pages, number, out var entry);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            if (!outcome.IsOk)
            {
                problems.Add(RestoreProblemKind.NotInRam, $"{Path}[{number}]", "the slot is not in guest RAM");
                return MemoryOutcome.Ok;
            }

            if (!entry.IsValid)
            {
                return MemoryOutcome.Ok;
            }

            Take(entry, number, mappings, known);
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>
    /// Where the table ends, and where its page stands there twice, it is an entry that is not valid.
    /// </summary>
    private MemoryOutcome ReadSlot(
        GuestTable table, ref EntryWindow window, HashSet<ulong> pages, uint number, out CollectionTableEntry entry)
    {
        entry = default;
        var slot = table.Locate(number, service.Parts.Memory);
        if (!slot.IsFound)
        {
            return slot.Status switch
            {
                TableSlotStatus.NotResident => MemoryOutcome.NotResident(slot.Missing),
                TableSlotStatus.Level1Invalid => MemoryOutcome.Ok,
                _ => MemoryOutcome.Fault,
            };
        }

        var (index, place) = Math.DivRem(number, (uint)table.EntriesPerPage);
        if (place == 0 && !IsNewPage(pages, index, slot.Address))
        {
            return MemoryOutcome.Ok;
        }

        var outcome = window.Read(slot.Address, out var raw);
        entry = new CollectionTableEntry(raw);
        return outcome;
    }

    /// <summary>Whether the page was not read before: its collections would all be told.</summary>
    private bool IsNewPage(HashSet<ulong> pages, uint index, GuestAddress page)
    {
        if (!service.ControlFrame.CollectionBaser.Indirect)
        {
            return true;
        }

        var isNew = pages.Add(page.Value);
        if (isNew)
        {
            areas.AddCollectionPage(service, index, page);
        }
        else
        {
            problems.Add(
                RestoreProblemKind.Twice,
                $"{Path}.level1[{index}]",
                $"the page at 0x{page.Value:X} stands there twice");
        }

        return isNew;
    }

    /// <summary>
    /// A collection without a target needs no place: it stands there for the events that name it, and the table may
    /// have been made smaller since.
    /// </summary>
    private void Take(CollectionTableEntry entry, uint number, ReadMappings mappings, HashSet<uint> known)
    {
        var collection = entry.Collection;
        var hasPlace = entry.HasTarget
            ? service.IsCollectionInTable(collection)
            : service.IsCollectionIdImplemented(collection);
        if (!hasPlace)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}[{number}]",
                $"collection {collection.Value} has no place in the table");
        }
        else if (entry.HasTarget && entry.Target >= VcpuCount)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}[{number}]",
                $"collection {collection.Value} targets vCPU {entry.Target}, and there are {VcpuCount}");
        }
        else if (!known.Add(collection.Value))
        {
            problems.Add(
                RestoreProblemKind.Twice, $"{Path}[{number}]", $"collection {collection.Value} stands there twice");
        }
        else if (entry.HasTarget)
        {
            mappings.Collections.Add(new CollectionState(collection.Value, (int)entry.Target));
        }
    }
}
