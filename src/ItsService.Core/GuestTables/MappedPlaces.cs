using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Where the tables of an ITS lie that is as it is, and how much a restore of them looks at: what its registers name,
/// the translation tables, and the pages of the second level that a restore comes to.
/// </summary>
/// <param name="service">The ITS.</param>
/// <param name="areas">Gets the places.</param>
/// <param name="slots">Gets the slots. Where there are too many no more pages are looked for.</param>
internal readonly struct MappedPlaces(InterruptTranslationService service, TableAreas areas, SlotCount slots)
{
    /// <summary>
    /// How many slots of the collection table were not counted, at the most: which collections events name that are not
    /// mapped is known when each event has been looked at, and that is not worth it for a flat table.
    /// </summary>
    public const long UncountedMax = 1 << 16;

    private GuestTable CollectionTable => new(service.ControlFrame.CollectionBaser);

    private ulong KnownCollectionSlots => CollectionSlots(service.Collections.Count);

    private ulong AllCollectionSlots => CollectionSlots(CollectionsInUse.Of(service).Count);

    /// <summary>Nothing changes; not Ok is not resident.</summary>
    public MemoryOutcome Find()
    {
        areas.AddRegisters(service);
        foreach (var (number, device) in service.Devices.InOrder())
        {
            areas.AddDevice(service.Number, number, device.IttAddress, device.EventIdBits);
        }

        var outcome = FindCollections();
        return !outcome.IsOk || !service.ControlFrame.DeviceBaser.Valid ? outcome
            : service.ControlFrame.DeviceBaser.Indirect ? FindDevicePages()
            : CountDevices();
    }

    /// <summary>Counts what was not.</summary>
    public void CountUncounted()
    {
        if (CollectionTable.HasMemory && !service.ControlFrame.CollectionBaser.Indirect)
        {
            slots.Add(AllCollectionSlots - KnownCollectionSlots);
        }
    }

    /// <summary>With the zero behind the last one, where there is a place for it.</summary>
    private ulong CollectionSlots(int collections) => Math.Min((ulong)collections + 1, CollectionTable.Capacity);

    private MemoryOutcome FindCollections()
    {
        var (register, table) = (service.ControlFrame.CollectionBaser, CollectionTable);
        if (!table.HasMemory)
        {
            return MemoryOutcome.Ok;
        }

        if (!register.Indirect)
        {
            slots.Add(KnownCollectionSlots);
            return MemoryOutcome.Ok;
        }

        var count = AllCollectionSlots;
        slots.Add(count);
        return FindCollectionPages(table, (uint)((count + table.EntriesPerPage - 1) / table.EntriesPerPage));
    }

    /// <summary>Collections stand one behind the other, and end where there is no page.</summary>
    private MemoryOutcome FindCollectionPages(GuestTable table, uint pageCount)
    {
        Span<byte> buffer = stackalloc byte[EntryWindow.SizeBytes];
        var level1 = new Level1Window(table, pageCount, new EntryWindow(service.Parts.Memory, buffer));
        for (var index = 0u; index < pageCount; index++)
        {
            var outcome = level1.Read(index, out var page);
            if (outcome.IsNotResident)
            {
                return outcome;
            }

            if (!outcome.IsOk || page is not { } address)
            {
                break;
            }

            areas.AddCollectionPage(service, index, address);
        }

        return MemoryOutcome.Ok;
    }

    private MemoryOutcome CountDevices()
    {
        slots.Add(service.Devices.Count == 0
            ? service.DeviceTable.Capacity
            : SlotCount.Of(service.Devices.InOrder().Select(entry => entry.Key), DeviceTableEntry.NextMax));
        foreach (var entry in service.Devices.InOrder())
        {
            slots.Add(SlotCount.Of(entry.Value));
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>
    /// A restore comes to the pages up to that of the last device, those without a device, too; and where no device has
    /// a page, to all there are.
    /// </summary>
    private MemoryOutcome FindDevicePages()
    {
        var table = service.DeviceTable;
        var used = SlotsByPage(table);
        var outcome = FindLast(table, used, out var count);
        if (!outcome.IsOk)
        {
            return outcome;
        }

        Span<byte> buffer = stackalloc byte[EntryWindow.SizeBytes];
        var level1 = new Level1Window(table, count, new EntryWindow(service.Parts.Memory, buffer));
        var next = 0;
        for (var index = 0u; index < count && !slots.IsTooMany; index++)
        {
            slots.Add(1);
            outcome = level1.Read(index, out var page);
            if (!outcome.IsOk)
            {
                // What is not in RAM a save tells of where it writes there, and a restore in any case.
                return outcome.IsNotResident ? outcome : MemoryOutcome.Ok;
            }

            var isUsed = next < used.Count && used[next].Index == index;
            if (page is { } address)
            {
                areas.AddDevicePage(service, index, address);
                slots.Add(isUsed ? used[next].Slots : table.EntriesPerPage);
            }

            next += isUsed ? 1 : 0;
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>The pages that have a device, with their slots and those of the translation tables.</summary>
    private List<(uint Index, ulong Slots)> SlotsByPage(GuestTable table)
    {
        var used = new List<(uint Index, ulong Slots)>();
        foreach (var (number, device) in service.Devices.InOrder())
        {
            var index = (uint)(number / table.EntriesPerPage);
            var own = 1 + SlotCount.Of(device);
            if (used.Count > 0 && used[^1].Index == index)
            {
                used[^1] = (index, used[^1].Slots + own);
            }
            else
            {
                // No page is so large that next would not reach from one of its devices to another.
                used.Add((index, (number % table.EntriesPerPage) + own));
            }
        }

        return used;
    }

    /// <summary>How much of the first level a restore reads.</summary>
    private MemoryOutcome FindLast(GuestTable table, List<(uint Index, ulong Slots)> used, out uint count)
    {
        count = (uint)table.Level1Count;
        for (var number = used.Count - 1; number >= 0; number--)
        {
            var index = used[number].Index;
            var outcome = service.Parts.Memory.ReadUInt64(table.Level1Address(index), out var entry);
            if (outcome.IsNotResident)
            {
                return MemoryOutcome.NotResident(
                    new GuestRange(table.Level1Address(0), (index + 1UL) * sizeof(ulong)));
            }

            if (outcome.IsOk && GuestTable.IsLevel1Valid(entry))
            {
                count = index + 1;
                break;
            }
        }

        return MemoryOutcome.Ok;
    }
}
