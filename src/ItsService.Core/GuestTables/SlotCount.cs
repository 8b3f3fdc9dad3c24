using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// How many slots a restore looks at in tables that a save has written (tables 6.8), where nothing else was there:
/// those that hold an entry, those in front of the first one, and those that <c>next</c> does not reach across. Of a
/// table without an entry it is all of them. What a guest has left in other slots may make it more.
/// </summary>
internal static class SlotCount
{
    /// <summary>In the tables of all ITSs, since one restore reads them all.</summary>
    public static long Of(GicParts parts)
    {
        var count = 0L;
        foreach (var service in parts.Services)
        {
            count += OfCollections(service) + OfDevices(service);
        }

        return count;
    }

    private static long OfCollections(InterruptTranslationService service) =>
        (long)Math.Min(
            (ulong)service.Collections.Count + 1, new GuestTable(service.ControlFrame.CollectionBaser).Capacity);

    private static long OfDevices(InterruptTranslationService service)
    {
        if (!service.ControlFrame.DeviceBaser.Valid)
        {
            return 0;
        }

        var table = service.DeviceTable;
        var isTwoLevel = service.ControlFrame.DeviceBaser.Indirect;
        if (service.Devices.Count == 0)
        {
            return (long)(isTwoLevel ? table.Level1Count : table.Capacity);
        }

        // Of two levels each page is looked through from its first slot on, and the first level up to the last device.
        var stretch = isTwoLevel ? (long)table.EntriesPerPage : long.MaxValue;
        var (count, before) = (0L, -1L);
        foreach (var (id, device) in service.Devices.InOrder())
        {
            var isFirst = before < 0 || id / stretch != before / stretch;
            count += 1 + OfEvents(device) + (isFirst ? id % stretch : Passed(id - before, DeviceTableEntry.NextMax));
            before = id;
        }

        return count + (isTwoLevel ? (before / stretch) + 1 : 0);
    }

    private static long OfEvents(MappedDevice device)
    {
        if (device.Events.Count == 0)
        {
            return 1L << device.EventIdBits;
        }

        var (count, before) = (0L, -1L);
        foreach (var (id, _) in device.Events.InOrder())
        {
            count += 1 + (before < 0 ? id : Passed(id - before, TranslationTableEntry.NextMax));
            before = id;
        }

        return count;
    }

    /// <summary>The slots between two entries that are so far from one another.</summary>
    private static long Passed(long distance, long nextMax) => Math.Max(0, distance - nextMax);
}
