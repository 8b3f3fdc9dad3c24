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
    public const int RunMax = 512;

    private string Path => $"its[{service.Number}]";

    /// <summary>
    /// Stops at what cannot be written, which <paramref name="problem"/> tells; what came before is written then.
    /// Everything is read before anything is written, so that memory that is not resident can be fetched first.
    /// </summary>
    public MemoryOutcome Write(out RestoreProblem? problem)
    {
        var overlaps = new RestoreProblems();
        TableAreas.Of(service.Parts).FindOverlaps(overlaps, [service.Number]);
        if (!overlaps.IsEmpty)
        {
            problem = overlaps.ToList()[0];
            return MemoryOutcome.Fault;
        }

        if (SlotCount.Of(service.Parts) is > SlotBudget.SlotsMax and var slots)
        {
            problem = new RestoreProblem(
                RestoreProblemKind.Inconsistent,
                Path,
                $"the tables of all ITSs would have {slots} slots to look at, more than the {SlotBudget.SlotsMax} of a"
                + " restore");
            return MemoryOutcome.Fault;
        }

        problem = null;
        var devices = new List<(MappedDevice Device, GuestAddress Entry)>();
        if (service.ControlFrame.DeviceBaser.Valid && Locate(devices, out problem) is { IsOk: false } failed)
        {
            return failed;
        }

        var collections = new CollectionTableWriter(service);
        var located = collections.Locate(out problem);
        if (!located.IsOk)
        {
            return located;
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

        return collections.Write(out problem);
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
                    problem = Unwritable(
                        MemoryOutcome.Fault, new DeviceId(number), "its entry in the device table is not in RAM");
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
        problem = null;
        var outcome = WriteEvents(device);
        if (!outcome.IsOk)
        {
            problem = Unwritable(
                outcome, device.Id, $"its translation table at 0x{device.IttAddress.Value:X} is not in RAM");
            return outcome;
        }

        var entry = new DeviceTableEntry(device.IttAddress, device.EventIdBits, next);
        outcome = service.Parts.Memory.WriteUInt64(address, entry.Raw);
        if (!outcome.IsOk)
        {
            problem = Unwritable(
                outcome, device.Id, $"its entry in the device table, at 0x{address.Value:X}, is not in RAM");
        }

        return outcome;
    }

    private RestoreProblem? Unwritable(MemoryOutcome outcome, DeviceId device, string what) =>
        outcome.IsNotResident ? null : new RestoreProblem(
            RestoreProblemKind.NotInRam, $"{Path}.device[0x{device.Value:X}]", $"{what} that can be written");

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
}
