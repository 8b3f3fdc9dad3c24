using ItsService.Core.Identifiers;

namespace ItsService.Core.GuestTables;

/// <summary>The entries that a collection table gets.</summary>
internal static class CollectionsInUse
{
    /// <summary>
    /// In ascending order of their ICIDs: those that are mapped, and without a target those that are not and that
    /// events name. An event keeps its ICID while the collection is not mapped, and a restore must know it.
    /// </summary>
    public static List<CollectionTableEntry> Of(InterruptTranslationService service)
    {
        var targets = new SortedDictionary<uint, VcpuIndex?>();
        foreach (var (collection, target) in service.Collections.InOrder())
        {
            targets[collection.Value] = target;
        }

        var last = uint.MaxValue;
        foreach (var device in service.Devices.InOrder())
        {
            foreach (var mapped in device.Value.Events.InOrder())
            {
                var collection = mapped.Value.Collection.Value;
                if (collection != last)
                {
                    targets.TryAdd(collection, null);
                    last = collection;
                }
            }
        }

        return [.. targets.Select(entry => new CollectionTableEntry(new CollectionId(entry.Key), entry.Value))];
    }
}
