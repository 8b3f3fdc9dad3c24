using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.GuestTables;

/// <summary>
/// The places in guest memory of tables: no two may have a byte in common. What is written to one is lost to the other,
/// at the latest by a save, whichever ITSs they belong to.
/// </summary>
internal sealed class TableAreas
{
    private readonly List<Area> _areas = [];

    private enum AreaKind
    {
        Queue,
        DeviceTable,
        DevicePage,
        CollectionTable,
        CollectionPage,
        TranslationTable,
        PendingTable,
    }

    /// <summary>
    /// Whether the question is about what is added from now on: pairs without such a one are not told.
    /// </summary>
    public bool IsAsked { get; set; } = true;

    /// <summary>What the registers of an ITS name: its tables, and the queue while commands wait there.</summary>
    public void AddRegisters(InterruptTranslationService service)
    {
        Add(service.Number, AreaKind.DeviceTable, service.ControlFrame.DeviceBaser);
        Add(service.Number, AreaKind.CollectionTable, service.ControlFrame.CollectionBaser);
        var queue = service.Queue;
        if (queue.Base.Valid && queue.UsedSlots > 0)
        {
            Add(AreaKind.Queue, service.Number, number: 0, queue.Base.Address, queue.SizeBytes);
        }
    }

    /// <summary>A page of the second level of the device table, by its number in the first level.</summary>
    public void AddDevicePage(InterruptTranslationService service, uint index, GuestAddress page) => Add(
        AreaKind.DevicePage, service.Number, index, page, service.ControlFrame.DeviceBaser.PageSizeBytes);

    /// <summary>The same of the collection table.</summary>
    public void AddCollectionPage(InterruptTranslationService service, uint index, GuestAddress page) => Add(
        AreaKind.CollectionPage, service.Number, index, page, service.ControlFrame.CollectionBaser.PageSizeBytes);

    /// <summary>The translation table of a device.</summary>
    public void AddDevice(int its, uint device, GuestAddress ittAddress, int eventIdBits) => Add(
        AreaKind.TranslationTable, its, device, ittAddress, (1UL << eventIdBits) * TranslationTableEntry.SizeBytes);

    public void AddDevices(int its, IEnumerable<DeviceState> devices)
    {
        foreach (var device in devices)
        {
            AddDevice(its, device.Device, new GuestAddress(device.IttAddress), device.EventIdBits);
        }
    }

    /// <summary>The part of a pending table that holds LPIs.</summary>
    public void AddPendingTable(VcpuIndex vcpu, GuestRange table) =>
        Add(AreaKind.PendingTable, its: 0, (uint)vcpu.Value, table.Start, table.LengthBytes);

    /// <summary>Tells of each area that lies over another one.</summary>
    public void FindOverlaps(RestoreProblems problems)
    {
        _areas.Sort();
        // The one that reaches furthest of those that begin before.
        var furthest = default(Area);
        foreach (var area in _areas)
        {
            if (area.Start < furthest.End && (area.IsAsked || furthest.IsAsked))
            {
                problems.Add(
                    RestoreProblemKind.Inconsistent,
                    Path(area),
                    $"the {Name(area)} lies over the {FullName(furthest)}");
            }

            furthest = area.End > furthest.End ? area : furthest;
        }
    }

    private static string Path(Area area) => area.Kind switch
    {
        AreaKind.Queue => $"its[{area.Its}].GITS_CBASER",
        AreaKind.DeviceTable => $"its[{area.Its}].device_table",
        AreaKind.DevicePage => $"its[{area.Its}].device_table.level1[{area.Number}]",
        AreaKind.CollectionTable => $"its[{area.Its}].collection_table",
        AreaKind.CollectionPage => $"its[{area.Its}].collection_table.level1[{area.Number}]",
        AreaKind.PendingTable => $"redistributor[{area.Number}].GICR_PENDBASER",
        _ => $"its[{area.Its}].device[0x{area.Number:X}]",
    };

    private static string Name(Area area) => area.Kind switch
    {
        AreaKind.Queue => "command queue",
        AreaKind.DeviceTable => "device table",
        AreaKind.DevicePage => $"page {area.Number} of the device table, at 0x{area.Start:X},",
        AreaKind.CollectionTable => "collection table",
        AreaKind.CollectionPage => $"page {area.Number} of the collection table, at 0x{area.Start:X},",
        AreaKind.PendingTable => $"pending table of vCPU {area.Number}",
        _ => $"translation table of device 0x{area.Number:X}",
    };

    private static string FullName(Area area) => area.Kind switch
    {
        AreaKind.DevicePage => $"page {area.Number} of the device table of ITS {area.Its}",
        AreaKind.CollectionPage => $"page {area.Number} of the collection table of ITS {area.Its}",
        AreaKind.PendingTable => Name(area),
        _ => $"{Name(area)} of ITS {area.Its}",
    };

    private void Add(int its, AreaKind kind, GitsBaser register)
    {
        if (register.Valid)
        {
            Add(kind, its, number: 0, register.Address, register.PageCount * register.PageSizeBytes);
        }
    }

    private void Add(AreaKind kind, int its, uint number, GuestAddress start, ulong lengthBytes) =>
        _areas.Add(new Area(start.Value, start.Value + lengthBytes, its, kind, number, IsAsked));

    /// <summary>A place, whose it is, and its DeviceID, its number in the first level, or its vCPU.</summary>
    private readonly record struct Area(ulong Start, ulong End, int Its, AreaKind Kind, uint Number, bool IsAsked)
        : IComparable<Area>
    {
        public int CompareTo(Area other) =>
            (Start, Its, Kind, Number).CompareTo((other.Start, other.Its, other.Kind, other.Number));
    }
}
