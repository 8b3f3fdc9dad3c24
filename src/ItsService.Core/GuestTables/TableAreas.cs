using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.GuestTables;

/// <summary>
/// The places in guest memory of the tables of all ITSs: no two may have a byte in common. What is written to one is
/// lost to the other, at the latest by a save, whichever ITSs they belong to.
/// </summary>
internal sealed class TableAreas
{
    private readonly List<Area> _areas = [];

    private enum AreaKind
    {
        Queue,
        DeviceTable,
        CollectionTable,
        TranslationTable,
    }

    /// <summary>Those of every ITS as it is.</summary>
    public static TableAreas Of(GicParts parts)
    {
        var areas = new TableAreas();
        foreach (var service in parts.Services)
        {
            areas.AddRegisters(service);
            foreach (var (number, device) in service.Devices.InOrder())
            {
                areas.Add(service.Number, number, device.IttAddress.Value, device.EventIdBits);
            }
        }

        return areas;
    }

    public void Add(int its, IEnumerable<DeviceState> devices)
    {
        foreach (var device in devices)
        {
            Add(its, device.Device, device.IttAddress, device.EventIdBits);
        }
    }

    /// <summary>
    /// Tells of each area that lies over another one, of those pairs that have to do with one of these ITSs.
    /// </summary>
    public void FindOverlaps(RestoreProblems problems, SortedSet<int> services)
    {
        _areas.Sort();
        // The one that reaches furthest of those that begin before.
        var furthest = default(Area);
        foreach (var area in _areas)
        {
            if (area.Start < furthest.End && (services.Contains(area.Its) || services.Contains(furthest.Its)))
            {
                problems.Add(
                    RestoreProblemKind.Inconsistent,
                    $"its[{area.Its}].{Part(area)}",
                    $"the {Name(area)} lies over the {Name(furthest)} of ITS {furthest.Its}");
            }

            furthest = area.End > furthest.End ? area : furthest;
        }
    }

    /// <summary>What the registers of an ITS name: its tables, and the queue while commands wait there.</summary>
    private void AddRegisters(InterruptTranslationService service)
    {
        Add(service.Number, AreaKind.DeviceTable, service.ControlFrame.DeviceBaser);
        Add(service.Number, AreaKind.CollectionTable, service.ControlFrame.CollectionBaser);
        var queue = service.Queue;
        if (queue.Base.Valid && queue.UsedSlots > 0)
        {
            var start = queue.Base.Address.Value;
            _areas.Add(new Area(start, start + queue.SizeBytes, service.Number, AreaKind.Queue, Device: 0));
        }
    }

    private static string Part(Area area) => area.Kind switch
    {
        AreaKind.Queue => "GITS_CBASER",
        AreaKind.DeviceTable => "device_table",
        AreaKind.CollectionTable => "collection_table",
        _ => $"device[0x{area.Device:X}]",
    };

    private static string Name(Area area) => area.Kind switch
    {
        AreaKind.Queue => "command queue",
        AreaKind.DeviceTable => "device table",
        AreaKind.CollectionTable => "collection table",
        _ => $"translation table of device 0x{area.Device:X}",
    };

    private void Add(int its, AreaKind kind, GitsBaser register)
    {
        if (register.Valid)
        {
            var start = register.Address.Value;
            _areas.Add(new Area(start, start + (register.PageCount * register.PageSizeBytes), its, kind, Device: 0));
        }
    }

    private void Add(int its, uint device, ulong start, int eventIdBits)
    {
        var end = start + ((1UL << eventIdBits) * TranslationTableEntry.SizeBytes);
        _areas.Add(new Area(start, end, its, AreaKind.TranslationTable, device));
    }

    private readonly record struct Area(ulong Start, ulong End, int Its, AreaKind Kind, uint Device)
        : IComparable<Area>
    {
        public int CompareTo(Area other) =>
            (Start, Its, Kind, Device).CompareTo((other.Start, other.Its, other.Kind, other.Device));
    }
}
