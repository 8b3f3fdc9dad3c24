using System.Collections.Immutable;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.State;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Reads a device of a guest's device table with its translation table (tables 6.8). What MAPD and MAPTI check of a
/// command is checked of an entry, by the same code.
/// </summary>
internal sealed class DeviceReader(
    InterruptTranslationService service,
    SlotBudget budget,
    RestoreProblems problems,
    ReadMappings mappings,
    HashSet<uint>? collections)
{
    private int ItsNumber => service.Number;

    public MemoryOutcome Read(ulong number, DeviceTableEntry entry)
    {
        var profile = service.Parts.Profile;
        if (number > uint.MaxValue || !service.IsDeviceInTable(new DeviceId((uint)number)))
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"its[{ItsNumber}].device[0x{number:X}]",
                $"a DeviceID has {profile.DeviceIdBits} bits");
            return MemoryOutcome.Ok;
        }

        if (entry.EventIdBits > profile.EventIdBits)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"its[{ItsNumber}].device[0x{number:X}]",
                $"Size says {entry.EventIdBits} EventID bits, and {profile.EventIdBits} are implemented");
            return MemoryOutcome.Ok;
        }

        var events = ImmutableArray.CreateBuilder<EventState>();
        var outcome = ReadEvents((uint)number, entry, events);
        if (outcome.IsOk)
        {
            mappings.Devices.Add(new DeviceState(
                (uint)number, entry.IttAddress.Value, entry.EventIdBits, events.DrainToImmutable().AsMemory()));
        }

        return outcome;
    }

    private MemoryOutcome ReadEvents(uint number, DeviceTableEntry device, ImmutableArray<EventState>.Builder events)
    {
        Span<byte> buffer = stackalloc byte[EntryWindow.SizeBytes];
        var window = new EntryWindow(service.Parts.Memory, buffer);
        var count = 1UL << device.EventIdBits;
        for (var eventId = 0UL; eventId < count && !budget.IsSpent && !mappings.IsFull;)
        {
            budget.Take();
            var address = device.IttAddress + (eventId * TranslationTableEntry.SizeBytes);
            var outcome = window.Read(address, out var raw);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            if (!outcome.IsOk)
            {
                problems.Add(
                    RestoreProblemKind.NotInRam,
                    $"its[{ItsNumber}].device[0x{number:X}].itt[{eventId}]",
                    $"the entry is not in guest RAM, at 0x{address.Value:X}");
                return MemoryOutcome.Ok;
            }

            var entry = new TranslationTableEntry(raw);
            if (!entry.IsValid)
            {
                eventId++;
                continue;
            }

            outcome = Take(number, (uint)eventId, entry, events);
            if (outcome.IsNotResident || entry.Next == 0)
            {
                return outcome;
            }

            if (eventId + entry.Next >= count)
            {
                problems.Add(
                    RestoreProblemKind.Inconsistent,
                    $"its[{ItsNumber}].device[0x{number:X}].itt[{eventId}]",
                    $"next {entry.Next} leads beyond the table's {count} events");
            }

            eventId += entry.Next;
        }

        return MemoryOutcome.Ok;
    }

    private MemoryOutcome Take(
        uint number, uint eventId, TranslationTableEntry entry, ImmutableArray<EventState>.Builder events)
    {
        if (!service.IsLpiInRangeForMapping(entry.Lpi))
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"its[{ItsNumber}].device[0x{number:X}].itt[{eventId}]",
                $"INTID {entry.Lpi.Value} is no LPI that a configuration table covers");
            return MemoryOutcome.Ok;
        }

        if (!IsKnown(entry.Collection))
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                $"its[{ItsNumber}].device[0x{number:X}].itt[{eventId}]",
                $"collection {entry.Collection.Value} is not in the collection table");
            return MemoryOutcome.Ok;
        }

        mappings.EventCount++;
        events.Add(new EventState(eventId, entry.Lpi.Value, entry.Collection.Value));
        return ReadConfiguration(number, eventId, entry);
    }

    /// <summary>
    /// Whether the collection stands in the table, mapped or not. Without a table none is mapped, and events may name
    /// any: theirs went with the table that there was.
    /// </summary>
    private bool IsKnown(CollectionId collection) =>
        collections?.Contains(collection.Value) ?? service.IsCollectionIdImplemented(collection);

    /// <summary>As MAPTI does.</summary>
    private MemoryOutcome ReadConfiguration(uint number, uint eventId, TranslationTableEntry entry)
    {
        if (service.ConfigurationReaderFor(entry.Lpi, entry.Collection) is not { } reader)
        {
            return MemoryOutcome.Ok;
        }

        var outcome = service.Parts.Configurations.Read(reader, entry.Lpi, out var configuration);
        if (outcome.IsOk)
        {
            mappings.Configurations.Add((entry.Lpi.Value, configuration));
        }
        else if (!outcome.IsNotResident && service.Parts.Profile.MaptiNeedsConfiguration)
        {
            problems.Add(
                RestoreProblemKind.NotInRam,
                $"its[{ItsNumber}].device[0x{number:X}].itt[{eventId}]",
                $"the configuration of LPI {entry.Lpi.Value} is not in guest RAM");
        }

        return outcome.IsNotResident ? outcome : MemoryOutcome.Ok;
    }
}
