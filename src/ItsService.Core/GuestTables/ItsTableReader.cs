using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Reads the tables that a guest gave to an ITS, ABI revision 0 (tables 6.8): collections first, since events name
/// them. A guest can write anything there: all that is wrong is found, at most so many slots are looked at, and nothing
/// is changed.
/// </summary>
/// <remarks>
/// The ITS that is asked holds the registers, and no mapping but those read here: its collections decide through which
/// table a configuration is read. The areas get the pages of the second level that are read.
/// </remarks>
internal static class ItsTableReader
{
    public static MemoryOutcome Read(
        InterruptTranslationService service,
        SlotBudget budget,
        RestoreProblems problems,
        ReadMappings mappings,
        TableAreas areas)
    {
        var collections = service.ControlFrame.CollectionBaser.Valid ? new HashSet<uint>() : null;
        if (collections is not null)
        {
            var outcome = new CollectionTableReader(service, budget, problems, areas).Read(mappings, collections);
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
            var outcome = new DeviceTableReader(service, budget, problems, mappings, devices, areas).Read();
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        CheckLimits(service, budget, problems, mappings);
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
}
