using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Machines;

namespace ItsService.Server.Inspection;

/// <summary>
/// What the ITSs and redistributors of a VM held at one instant. Small structs, taken in one entry into the gate; the
/// far larger messages are made from them outside.
/// </summary>
internal sealed record TableSnapshot(
    IReadOnlyList<TableSnapshot.ItsTables> Services, IReadOnlyList<TableSnapshot.RedistributorTables> Redistributors)
{
    internal sealed record ItsTables(
        ItsSummary Summary,
        IReadOnlyList<(CollectionId Collection, VcpuIndex Target)> Collections,
        IReadOnlyList<DeviceTables> Devices);

    internal sealed record DeviceTables(DeviceSummary Summary, IReadOnlyList<EventSummary> Events);

    internal sealed record RedistributorTables(
        RedistributorSummary Summary, IReadOnlyList<PendingLpiSummary> PendingLpis);
}

/// <summary>Takes a snapshot.</summary>
internal readonly struct TakeSnapshotOperation(bool omitEvents, bool omitPendingLpis) : IVmOperation<TableSnapshot>
{
    public TableSnapshot Run(VmContent vm)
    {
        var services = new TableSnapshot.ItsTables[vm.Gic.ItsCount];
        for (var number = 0; number < services.Length; number++)
        {
            services[number] = TakeIts(vm.Gic.Inspection, number);
        }

        var redistributors = new TableSnapshot.RedistributorTables[vm.Gic.VcpuCount];
        for (var index = 0; index < redistributors.Length; index++)
        {
            var vcpu = new VcpuIndex(index);
            var summary = vm.Gic.Inspection.Redistributor(vcpu);
            redistributors[index] = new TableSnapshot.RedistributorTables(
                summary,
                omitPendingLpis ? [] : Copy(vm.Gic.Inspection.PendingLpis(vcpu), summary.PendingLpiCount));
        }

        return new TableSnapshot(services, redistributors);
    }

    private TableSnapshot.ItsTables TakeIts(GicInspection inspection, int number)
    {
        var summary = inspection.Its(number);
        var devices = new List<TableSnapshot.DeviceTables>(summary.DeviceCount);
        foreach (var device in inspection.Devices(number))
        {
            devices.Add(new TableSnapshot.DeviceTables(
                device, omitEvents ? [] : Copy(inspection.Events(number, device.Device), device.EventCount)));
        }

        return new TableSnapshot.ItsTables(
            summary, Copy(inspection.Collections(number), summary.CollectionCount), devices);
    }

    // The count is known, so that nothing is copied twice while the gate is held.
    private static List<TEntry> Copy<TEntry>(IEnumerable<TEntry> entries, int count)
    {
        var copy = new List<TEntry>(count);
        copy.AddRange(entries);
        return copy;
    }
}
