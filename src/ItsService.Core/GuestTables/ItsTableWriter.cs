using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Writes what an ITS has mapped into the tables that its guest gave it, ABI revision 0 (tables 6.7): each device's
/// translation table, the device table, and the collection table last. Live entries alone are written, and one zero
/// behind the last collection. Nothing of the ITS changes, so that it can be done again.
/// </summary>
internal readonly struct ItsTableWriter(InterruptTranslationService service)
{
    /// <summary>So many entries that follow one another are written at once.</summary>
    private const int RunMax = 512;

    private string Path => $"its[{service.Number}]";

    /// <summary>
    /// Stops at what cannot be written, which <paramref name="problem"/> tells; what came before is written then.
    /// Everything is read before anything is written, so that memory that is not resident can be fetched first.
    /// </summary>
    public MemoryOutcome Write(out RestoreProblem? problem)
    {
        var overlaps = new RestoreProblems();
        TableAreas.Of(service.Parts).FindOverlaps(overlaps, service.Number);
        if (!overlaps.IsEmpty)
        {
            problem = overlaps.ToList()[0];
            return MemoryOutcome.Fault;
        }

        problem = null;
        var devices = new List<(MappedDevice Device, GuestAddress Entry)>();
        if (service.ControlFrame.DeviceBaser.Valid && Locate(devices, out problem) is { IsOk: false } failed)
        {
            return failed;
        }

        for (var index = 0; index < devices.Count; index++)
        {
            var (device, entry) = devices[index];
            var next = index + 1 < devices.Count ? devices[index + 1].Device.Id.Value - device.Id.Value : 0;
            var outcome = WriteDevice(device, entry, next, out problem);
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        return WriteCollections(out problem);
    }

    /// <summary>
    /// The devices that have a place in the table. One whose level-1 entry the guest has taken away has none, and is
    /// passed over: no entry leads to it.
    /// </summary>
    private MemoryOutcome Locate(List<(MappedDevice Device, GuestAddress Entry)> devices, out RestoreProblem? problem)
    {
        problem = null;
        foreach (var (number, device) in service.Devices.InOrder())
        {
            var slot = service.LocateDevice(new DeviceId(number));
            switch (slot.Status)
            {
                case TableSlotStatus.Found:
                    devices.Add((device, slot.Address));
                    break;
                case TableSlotStatus.NotResident:
                    return MemoryOutcome.NotResident(slot.Missing);
                case TableSlotStatus.NotInRam or TableSlotStatus.Level1NotInRam:
                    problem = new RestoreProblem(
                        RestoreProblemKind.NotInRam,
                        $"{Path}.device[0x{number:X}]",
                        "its entry in the device table is not in RAM that can be written");
                    return MemoryOutcome.Fault;
                default:
                    break;
            }
        }

        return MemoryOutcome.Ok;
    }

    private MemoryOutcome WriteDevice(
        MappedDevice device, GuestAddress address, uint next, out RestoreProblem? problem)
    {
        var outcome = WriteEvents(device);
        if (outcome.IsOk)
        {
            var entry = new DeviceTableEntry(device.IttAddress, device.EventIdBits, next);
            outcome = service.Parts.Memory.WriteUInt64(address, entry.Raw);
        }

        problem = outcome.IsOk || outcome.IsNotResident ? null : new RestoreProblem(
            RestoreProblemKind.NotInRam,
            $"{Path}.device[0x{device.Id.Value:X}]",
            $"its translation table at 0x{device.IttAddress.Value:X} is not in RAM that can be written");
        return outcome;
    }

    private MemoryOutcome WriteEvents(MappedDevice device)
    {
        Span<byte> run = stackalloc byte[RunMax * TranslationTableEntry.SizeBytes];
        var writer = new EntryRun(service.Parts.Memory, run);
        var isFirst = true;
        var (eventId, entry) = (0u, default(InterruptTranslationEntry));
        foreach (var (nextId, nextEntry) in device.Events.InOrder())
        {
            if (!isFirst)
            {
                var outcome = writer.Put(device.EntryAddress(new EventId(eventId)), Encode(entry, nextId - eventId));
                if (!outcome.IsOk)
                {
                    return outcome;
                }
            }

            (isFirst, eventId, entry) = (false, nextId, nextEntry);
        }

        var last = isFirst
            ? MemoryOutcome.Ok
            : writer.Put(device.EntryAddress(new EventId(eventId)), Encode(entry, next: 0));
        return last.IsOk ? writer.Flush() : last;
    }

    private static ulong Encode(InterruptTranslationEntry entry, uint next) =>
        new TranslationTableEntry(entry.Lpi, entry.Collection, next).Raw;

    /// <summary>
    /// Those that are mapped, and those that events name without that they are: so the events keep their collections.
    /// </summary>
    private MemoryOutcome WriteCollections(out RestoreProblem? problem)
    {
        var path = $"{Path}.collection";
        var table = service.ControlFrame.CollectionBaser;
        if (!table.Valid)
        {
            // Those that hardware holds need no table to be mapped, and one to be saved.
            problem = service.Collections.Count == 0 ? null : new RestoreProblem(
                RestoreProblemKind.Inconsistent, path, "collections are mapped, and there is no table for them");
            return problem is null ? MemoryOutcome.Ok : MemoryOutcome.Fault;
        }

        var capacity = new GuestTable(table).Capacity;
        var collections = CollectionsInUse.Of(service);
        if ((ulong)collections.Count > capacity)
        {
            problem = new RestoreProblem(
                RestoreProblemKind.Inconsistent,
                path,
                $"the table holds {capacity} of {collections.Count} collections");
            return MemoryOutcome.Fault;
        }

        var addresses = new List<GuestAddress>();
        var slotCount = (int)Math.Min((ulong)collections.Count + 1, capacity);
        var outcome = LocateCollections(slotCount, addresses);
        Span<byte> run = stackalloc byte[RunMax * CollectionTableEntry.SizeBytes];
        var writer = new EntryRun(service.Parts.Memory, run);
        for (var index = 0; outcome.IsOk && index < addresses.Count; index++)
        {
            outcome = writer.Put(addresses[index], index < collections.Count ? collections[index].Raw : 0);
        }

        outcome = outcome.IsOk ? writer.Flush() : outcome;
        problem = outcome.IsOk || outcome.IsNotResident ? null : new RestoreProblem(
            RestoreProblemKind.NotInRam,
            path,
            $"the table at 0x{table.Address.Value:X} is not in RAM that can be written");
        return outcome;
    }

    /// <summary>The first slots of the collection table, which are not found by ICID.</summary>
    private MemoryOutcome LocateCollections(int count, List<GuestAddress> addresses)
    {
        var table = new GuestTable(service.ControlFrame.CollectionBaser);
        for (var number = 0; number < count; number++)
        {
            var slot = table.Locate((uint)number, service.Parts.Memory);
            if (!slot.IsFound)
            {
                return slot.Status == TableSlotStatus.NotResident
                    ? MemoryOutcome.NotResident(slot.Missing)
                    : MemoryOutcome.Fault;
            }

            addresses.Add(slot.Address);
        }

        return MemoryOutcome.Ok;
    }
}
