namespace ItsService.Differential.Comparison;

/// <summary>Compares what the two ITSs have mapped.</summary>
internal static class TableComparison
{
    /// <summary>Devices, events and collections: as many comparisons.</summary>
    public const int Count = 3;

    public static IEnumerable<Mismatch> Compare(TableContent service, TableContent qemu)
    {
        foreach (var icid in service.Collections.Keys.Union(qemu.Collections.Keys).Order())
        {
            if (Find(service.Collections, icid) is var ours && Find(qemu.Collections, icid) is var theirs
                && ours != theirs)
            {
                yield return new CollectionMismatch(icid, ours, theirs);
            }
        }

        foreach (var device in service.Devices.Keys.Union(qemu.Devices.Keys).Order())
        {
            if (Find(service.Devices, device) is var ours && Find(qemu.Devices, device) is var theirs
                && ours != theirs)
            {
                yield return new DeviceMismatch(device, ours, theirs);
            }
        }

        foreach (var (device, eventId) in service.Events.Keys.Union(qemu.Events.Keys).Order())
        {
            // Of a device that is not alike nothing more is said.
            if (Find(service.Devices, device) is { } mapping && Find(qemu.Devices, device) == mapping
                && Find(service.Events, (device, eventId)) is var ours
                && Find(qemu.Events, (device, eventId)) is var theirs && ours != theirs)
            {
                yield return new EventMismatch(device, mapping, eventId, ours, theirs);
            }
        }
    }

    private static TValue? Find<TKey, TValue>(Dictionary<TKey, TValue> content, TKey key)
        where TKey : notnull
        where TValue : struct =>
        content.TryGetValue(key, out var value) ? value : null;
}
