using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;
using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Reads a guest's device table (tables 6.8). A flat one is one stretch of slots; of a two-level one each page of the
/// second level is a stretch. Within a stretch <c>next</c> leads from one device to the next; the last device of all
/// has a <c>next</c> of 0.
/// </summary>
internal readonly struct DeviceTableReader(
    InterruptTranslationService service,
    SlotBudget budget,
    RestoreProblems problems,
    ReadMappings mappings,
    DeviceReader devices,
    TableAreas areas)
{
    private string Path => $"its[{service.Number}].device_table";

    /// <summary>Whether more was found, or looked at, than may be.</summary>
    private bool IsEnough => budget.IsSpent || mappings.IsFull;

    private ulong Capacity => service.DeviceTable.Capacity;

    public MemoryOutcome Read()
    {
        var register = service.ControlFrame.DeviceBaser;
        return register.Indirect
            ? ReadLevels(new GuestTable(register), register)
            : ReadStretch(register.Address, firstId: 0, Capacity, out _);
    }

    private MemoryOutcome ReadLevels(GuestTable table, GitsBaser register)
    {
        var pages = new HashSet<ulong>();
        Span<byte> buffer = stackalloc byte[EntryWindow.SizeBytes];
        var window = new EntryWindow(service.Parts.Memory, buffer);
        var isLast = false;
        for (var index = 0u; index < table.Level1Count && !isLast && !IsEnough; index++)
        {
            budget.Take();
            var outcome = window.Read(table.Level1Address(index), out var entry);
            if (outcome.IsNotResident)
            {
                return MemoryOutcome.NotResident(new GuestRange(
                    table.Level1Address(index), (table.Level1Count - index) * sizeof(ulong)));
            }

            if (!outcome.IsOk)
            {
                problems.Add(
                    RestoreProblemKind.NotInRam,
                    $"{Path}.level1[{index}]",
                    $"the entry is not in guest RAM, at 0x{table.Level1Address(index).Value:X}");
                return MemoryOutcome.Ok;
            }

            if (!GuestTable.IsLevel1Valid(entry))
            {
                continue;
            }

            outcome = ReadPage(table, register, pages, index, table.Level2Address(entry), out isLast);
            if (outcome.IsNotResident)
            {
                return outcome;
            }
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>A page that stands there twice would bring its devices twice, under other numbers.</summary>
    private MemoryOutcome ReadPage(
        GuestTable table, GitsBaser register, HashSet<ulong> pages, uint index, GuestAddress page, out bool isLast)
    {
        isLast = false;
        if (!pages.Add(page.Value))
        {
            problems.Add(
                RestoreProblemKind.Twice,
                $"{Path}.level1[{index}]",
                $"the page at 0x{page.Value:X} stands there twice");
            return MemoryOutcome.Ok;
        }

        var level1 = new GuestRange(register.Address, table.Level1Count * sizeof(ulong));
        if (level1.Overlaps(new GuestRange(page, register.PageSizeBytes)))
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}.level1[{index}]",
                $"the page at 0x{page.Value:X} lies over the level-1 table");
            return MemoryOutcome.Ok;
        }

        areas.AddDevicePage(service, index, page);
        return ReadStretch(page, index * table.EntriesPerPage, table.EntriesPerPage, out isLast);
    }

    /// <summary>From a page of the second level <c>next</c> may lead out; from the whole table it may not.</summary>
    private MemoryOutcome ReadStretch(GuestAddress address, ulong firstId, ulong count, out bool isLast)
    {
        var entryBytes = (ulong)service.ControlFrame.DeviceBaser.EntrySizeBytes;
        Span<byte> buffer = stackalloc byte[EntryWindow.SizeBytes];
        var window = new EntryWindow(service.Parts.Memory, buffer);
        isLast = false;
        for (var offset = 0UL; offset < count && !isLast && !IsEnough;)
        {
            budget.Take();
            var place = address + (offset * entryBytes);
            var outcome = window.Read(place, out var raw);
            if (outcome.IsNotResident)
            {
                return MemoryOutcome.NotResident(new GuestRange(place, (count - offset) * entryBytes));
            }

            if (!outcome.IsOk)
            {
                problems.Add(
                    RestoreProblemKind.NotInRam,
                    $"{Path}[0x{firstId + offset:X}]",
                    $"the entry is not in guest RAM, at 0x{place.Value:X}");
                return MemoryOutcome.Ok;
            }

            var entry = new DeviceTableEntry(raw);
            if (!entry.IsValid)
            {
                offset++;
                continue;
            }

            outcome = Take(firstId + offset, entry);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            isLast = entry.Next == 0;
            offset += entry.Next;
        }

        return MemoryOutcome.Ok;
    }

    private MemoryOutcome Take(ulong number, DeviceTableEntry entry)
    {
        var outcome = devices.Read(number, entry);
        if (!outcome.IsNotResident && number + entry.Next >= Capacity)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"{Path}[0x{number:X}]",
                $"next {entry.Next} leads beyond the table's {Capacity} entries");
        }

        return outcome;
    }
}
