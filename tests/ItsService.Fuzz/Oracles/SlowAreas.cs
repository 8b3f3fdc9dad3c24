using ItsService.Core.State;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// The places of the tables of all ITSs, each compared with each: device tables, collection tables, translation tables,
/// and queues with commands. Of two-level tables it is the first level.
/// </summary>
internal sealed class SlowAreas
{
    private readonly List<Area> _areas = [];

    public void Add(int its, ItsRegisters registers, IEnumerable<DeviceState> devices)
    {
        Add(its, registers.DeviceTable);
        Add(its, registers.CollectionTable);
        if (registers.HasCommands)
        {
            _areas.Add(new Area(its, "the queue", registers.QueueAddress, registers.QueueBytes));
        }

        foreach (var device in devices)
        {
            _areas.Add(new Area(
                its, $"the translation table of device {device.Device}", device.IttAddress, 8UL << device.EventIdBits));
        }
    }

    /// <summary>Two that have a byte in common, one of which is of one of these ITSs; or null.</summary>
    public string? FindOverlap(IReadOnlyCollection<int> services)
    {
        for (var first = 0; first < _areas.Count; first++)
        {
            for (var second = first + 1; second < _areas.Count; second++)
            {
                var (one, other) = (_areas[first], _areas[second]);
                if (one.Start < other.Start + other.Bytes && other.Start < one.Start + one.Bytes
                    && (services.Contains(one.Its) || services.Contains(other.Its)))
                {
                    return $"{one.Name} of ITS {one.Its} over {other.Name} of ITS {other.Its}";
                }
            }
        }

        return null;
    }

    private void Add(int its, TableGeometry table)
    {
        if (table.IsValid)
        {
            _areas.Add(new Area(its, "a table", table.Address, table.TableBytes));
        }
    }

    private readonly record struct Area(int Its, string Name, ulong Start, ulong Bytes);
}
