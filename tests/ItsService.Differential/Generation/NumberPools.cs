namespace ItsService.Differential.Generation;

/// <summary>
/// The numbers that a sequence's guest uses: a few that fit its tables, again and again, and now and then those at and
/// around every limit.
/// </summary>
internal sealed class NumberPools
{
    private const uint FirstLpi = 8192;
    private const int GoodDevices = 6;
    private const int EdgePercent = 12;

    private readonly Prng _random;
    private readonly SequencePlan _plan;
    private readonly List<uint> _devices = [];
    private readonly List<uint> _icids = [];
    private readonly uint[] _oddDevices;
    private readonly uint[] _oddIcids;
    private readonly uint[] _lpis;
    private readonly uint[] _oddLpis;

    public NumberPools(Prng random, SequencePlan plan)
    {
        _random = random;
        _plan = plan;
        Fill(_devices, plan.DeviceTable, GoodDevices);
        Fill(_icids, plan.CollectionTable, plan.CpuCount + 2);
        _oddDevices = Odd(plan.DeviceTable);
        _oddIcids = [.. Odd(plan.CollectionTable).Where(icid => icid <= ushort.MaxValue)];
        var end = 1u << (Math.Min(plan.IdBits, 15) + 1);
        _lpis =
        [
            .. Enumerable.Range(0, 48).Select(index => FirstLpi + (uint)index),
            FirstLpi + 63, FirstLpi + 64, FirstLpi + 255, FirstLpi + 256, Math.Max(end, FirstLpi + 1) - 1,
        ];
        _oddLpis = [0, 31, 1019, 1023, FirstLpi - 1, end - 1, end, end + 1, 65535, 65536, 1 << 24, uint.MaxValue];
    }

    /// <summary>DeviceIDs that the table has a place for.</summary>
    public IReadOnlyList<uint> GoodDeviceIds => _devices;

    /// <summary>ICIDs that the table has a place for.</summary>
    public IReadOnlyList<uint> GoodIcids => _icids;

    private bool IsOdd => _plan.Manners != Manners.Legal && _random.Chance(EdgePercent);

    public uint Device() => IsOdd ? _random.Pick(_oddDevices) : _random.Pick(_devices);

    public uint Icid() => IsOdd && _oddIcids.Length > 0 ? _random.Pick(_oddIcids) : _random.Pick(_icids);

    public uint Lpi() => IsOdd ? _random.Pick(_oddLpis) : _random.Pick(_lpis);

    /// <summary>One of the LPIs that are used again and again.</summary>
    public uint GoodLpi() => _random.Pick(_lpis);

    /// <param name="eventIdBits">What the device was mapped with, as far as the guest knows.</param>
    public uint Event(int eventIdBits)
    {
        var end = 1UL << eventIdBits;
        if (!IsOdd)
        {
            return (uint)_random.Next((int)Math.Min(end, 32));
        }

        ulong[] edges = [end - 1, end, end + 1, 8192, 0xFFFF, 0x1_0000, uint.MaxValue];
        return (uint)_random.Pick(edges);
    }

    /// <summary>A CPU by number.</summary>
    public ulong RdBase() => IsOdd
        ? (ulong)_random.Pick(_plan.CpuCount, _plan.CpuCount + 1, 255, 0xFFFF)
        : (ulong)_random.Next(_plan.CpuCount);

    private void Fill(List<uint> numbers, TableShape shape, int count)
    {
        numbers.Add(0);
        numbers.Add(shape.Capacity - 1);
        var indexes = Level1Plan.GivenIndexes(shape);
        while (numbers.Count < count)
        {
            var number = shape.Indirect
                ? (_random.Pick(indexes) * shape.EntriesPerPage) + (uint)_random.Next((int)shape.EntriesPerPage)
                : (uint)_random.Next(_random.Chance(50) ? 16 : (int)shape.Capacity);
            if (number < shape.Capacity && !numbers.Contains(number))
            {
                numbers.Add(number);
            }
        }
    }

    /// <summary>Around the table's end, around 16 bits, and where level 1 has nothing.</summary>
    private static uint[] Odd(TableShape shape) =>
    [
        shape.Capacity - 2, shape.Capacity, shape.Capacity + 1, 0xFFFE, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, uint.MaxValue,
        .. shape.Level1Count > 3 ? [2 * shape.EntriesPerPage, (3 * shape.EntriesPerPage) - 1] : Array.Empty<uint>(),
    ];
}
