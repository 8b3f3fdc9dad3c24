using ItsService.Core.Tables;

namespace ItsService.Core.GuestTables;

/// <summary>
/// How many slots a restore looks at, at the least, in tables that a save has written (tables 6.8): those in front of
/// the first entry and those that hold one; of a table without an entry all of them.
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

        var count = 0L;
        foreach (var device in service.Devices.InOrder())
        {
            var events = device.Value.Events;
            count += 1 + (events.Count == 0
                ? 1L << device.Value.EventIdBits
                : events.InOrder().First().Key + (long)events.Count);
        }

        return count;
    }
}
