using ItsService.Core.State;

namespace ItsService.Fuzz.Oracles;

/// <summary>
/// The places of the tables of all ITSs, each compared with each: device tables, collection tables, of two-level ones
/// the first level and the pages of the second, translation tables, and queues with commands.
/// </summary>
internal sealed class SlowAreas
{
    private readonly List<Area> _areas = [];

    public void Add(
        int its, ItsRegisters registers, IEnumerable<DeviceState> devices, IEnumerable<SlowPage> pages)
    {
        _areas.AddRange(pages.Select(page => new Area(its, AreaSort.Page, page.Index, page.Start, page.Bytes)));
        Add(its, registers.DeviceTable);
        Add(its, registers.CollectionTable);
        if (registers.HasCommands)
        {
            _areas.Add(new Area(its, AreaSort.Queue, 0, registers.QueueAddress, registers.QueueBytes));
        }

        foreach (var device in devices)
        {
            _areas.Add(new Area(
                its, AreaSort.TranslationTable, device.Device, device.IttAddress, 8UL << device.EventIdBits));
        }
    }

    /// <summary>Two that have a byte in common, one of which is of one of these ITSs; or null.</summary>
    public string? FindOverlap(IReadOnlyCollection<int> services)
    {
        // The two that reach furthest of all that begin no later: one of any ITS, and one of these.
        var (any, asked) = (default(Area), default(Area));
        foreach (var area in _areas.OrderBy(area => area.Start))
        {
            var isAsked = services.Contains(area.Its);
            var under = isAsked ? any : asked;
            if (area.Start < under.End)
            {
                return $"{area} over {under}";
            }

            any = area.End > any.End ? area : any;
            asked = isAsked && area.End > asked.End ? area : asked;
        }

        return null;
    }

    private void Add(int its, TableGeometry table)
    {
        if (table.IsValid)
        {
            _areas.Add(new Area(its, AreaSort.Table, 0, table.Address, table.TableBytes));
        }
    }

    private enum AreaSort
    {
        Table,
        Page,
        TranslationTable,
        Queue,
    }

    private readonly record struct Area(int Its, AreaSort Sort, ulong Number, ulong Start, ulong Bytes)
    {
        public ulong End => Start + Bytes;
    }
}
