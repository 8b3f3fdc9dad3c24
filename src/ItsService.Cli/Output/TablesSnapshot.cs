using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>An ITS with what it holds.</summary>
internal sealed record ItsTables(ItsEntry Its, List<CollectionEntry> Collections, List<DeviceTables> Devices);

/// <summary>A device with its events.</summary>
internal sealed record DeviceTables(DeviceEntry Device, List<EventEntry> Events);

/// <summary>A redistributor with its pending LPIs.</summary>
internal sealed record RedistributorTables(RedistributorEntry Redistributor, List<PendingLpiEntry> PendingLpis);

/// <summary>The entries of a dump, put under what they belong to: the stream has them in that order.</summary>
internal sealed class TablesSnapshot
{
    public List<ItsTables> ItsUnits { get; } = [];

    public List<RedistributorTables> Redistributors { get; } = [];

    public static async Task<TablesSnapshot> ReadAsync(IAsyncEnumerable<TableEntry> entries)
    {
        var snapshot = new TablesSnapshot();
        await foreach (var entry in entries)
        {
            snapshot.Add(entry);
        }

        return snapshot;
    }

    private void Add(TableEntry entry)
    {
        switch (entry.KindCase)
        {
            case TableEntry.KindOneofCase.Its:
                ItsUnits.Add(new ItsTables(entry.Its, [], []));
                break;
            case TableEntry.KindOneofCase.Collection:
                ItsUnits[^1].Collections.Add(entry.Collection);
                break;
            case TableEntry.KindOneofCase.Device:
                ItsUnits[^1].Devices.Add(new DeviceTables(entry.Device, []));
                break;
            case TableEntry.KindOneofCase.Event:
                ItsUnits[^1].Devices[^1].Events.Add(entry.Event);
                break;
            case TableEntry.KindOneofCase.Redistributor:
                Redistributors.Add(new RedistributorTables(entry.Redistributor, []));
                break;
            case TableEntry.KindOneofCase.PendingLpi:
                Redistributors[^1].PendingLpis.Add(entry.PendingLpi);
                break;
            default:
                // A kind that a newer service has: what is known is shown.
                break;
        }
    }
}
