using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.State;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Reads the tables that a guest gave to an ITS, ABI revision 0 (tables 6.8): collections first, since events name
/// them. A guest can write anything there: all that is wrong is found, at most so many slots are looked at, and nothing
/// is changed.
/// </summary>
/// <remarks>
/// The ITS that is asked holds the registers, and no mapping but those read here: its collections decide through which
/// table a configuration is read.
/// </remarks>
internal static class ItsTableReader
{
    public static MemoryOutcome Read(
        InterruptTranslationService service, SlotBudget budget, RestoreProblems problems, ReadMappings mappings)
    {
        var collections = service.ControlFrame.CollectionBaser.Valid ? new HashSet<uint>() : null;
        if (collections is not null)
        {
            var outcome = new CollectionTableReader(service, budget, problems).Read(mappings, collections);
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        foreach (var (collection, vcpu) in mappings.Collections)
        {
            service.Collections.Map(new CollectionId(collection), new VcpuIndex(vcpu));
        }

        if (service.ControlFrame.DeviceBaser.Valid)
        {
            var devices = new DeviceReader(service, budget, problems, mappings, collections);
            var outcome = new DeviceTableReader(service, budget, problems, mappings, devices).Read();
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        CheckLimits(service, budget, problems, mappings);
        CheckOverlaps(service.Number, problems, mappings.Devices);
        return MemoryOutcome.Ok;
    }

    private static void CheckLimits(
        InterruptTranslationService service, SlotBudget budget, RestoreProblems problems, ReadMappings mappings)
    {
        var path = $"its[{service.Number}]";
        var configuration = service.Parts.Configuration;
        if (budget.IsSpent)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                path,
                $"the tables have more than {SlotBudget.SlotsMax} slots to look at");
        }

        if (mappings.HasTooManyDevices)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                path,
                $"the VM would have more than the {configuration.MappedDevicesMax} devices that may be mapped");
        }

        if (mappings.HasTooManyEvents)
        {
            problems.Add(
                RestoreProblemKind.Inconsistent,
                path,
                $"the VM would have more than the {configuration.MappedEventsMax} events that may be mapped");
        }
    }

    /// <summary>
    /// Two devices in one translation table: what one is given the other loses, at the latest by a save.
    /// </summary>
    private static void CheckOverlaps(int itsNumber, RestoreProblems problems, List<DeviceState> devices)
    {
        // The table that reaches furthest of those that begin before.
        var (furthest, end) = (0u, 0UL);
        foreach (var device in devices.OrderBy(device => device.IttAddress))
        {
            if (device.IttAddress < end)
            {
                problems.Add(
                    RestoreProblemKind.Inconsistent,
                    $"its[{itsNumber}].device[0x{device.Device:X}]",
                    $"its translation table lies over that of device 0x{furthest:X}");
            }

            var itsEnd = device.IttAddress + ((1UL << device.EventIdBits) * TranslationTableEntry.SizeBytes);
            (furthest, end) = itsEnd > end ? (device.Device, itsEnd) : (furthest, end);
        }
    }
}
