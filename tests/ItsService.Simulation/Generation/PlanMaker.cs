using ItsService.Simulation.Memory;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Generation;

/// <summary>Draws a plan: which numbers a run plays with, and where its tables lie.</summary>
internal sealed class PlanMaker(Prng prng, Shape shape)
{
    private const uint FirstLpi = 8192;
    private const ulong PageBytes = 0x1_0000;
    private const int VcpusInPlayMax = 10;

    // Where the next table may lie. Memory is spent when it is written, so there is room enough.
    private ulong _nextLow = GuestMap.Low.Start + 0x0010_0000;
    private ulong _nextHigh = GuestMap.High.Start;

    public Plan Draw()
    {
        var vcpus = DrawVcpus();
        var configurationBits = prng.Percent(5)
            ? prng.Pick(8, 13)
            : prng.Percent(40) ? Math.Min(shape.IntIdBits(), prng.Pick(14, 15, 16)) : shape.IntIdBits();
        var lpis = DrawLpis(Math.Max(configurationBits, 14));
        return new Plan(shape)
        {
            Vcpus = vcpus,
            Lpis = lpis,
            Sgis = [0, (uint)prng.Below(16), 15],
            Ppis = [16, (uint)prng.Between(17, 30), 31],
            Spis = DrawSpis(),
            OddLpis =
            [
                0, 1023, FirstLpi - 1, 1u << configurationBits, 1u << shape.IntIdBits(),
                (1u << shape.IntIdBits()) - 1, uint.MaxValue, (uint)prng.Bits(24),
            ],
            ConfigurationTables = [DrawConfigurationTable(), DrawConfigurationTable()],
            ConfigurationBits = configurationBits,
            PendingTables = [.. vcpus.Select(_ => DrawPendingTable())],
            Itss = [.. Enumerable.Range(0, shape.ItsCount).Select(index => DrawIts(index, lpis))],
        };
    }

    private List<int> DrawVcpus()
    {
        SortedSet<int> vcpus = [0, shape.VcpuCount - 1];
        while (vcpus.Count < Math.Min(shape.VcpuCount, VcpusInPlayMax))
        {
            vcpus.Add(prng.Below(shape.VcpuCount));
        }

        return [.. vcpus];
    }

    /// <summary>Close to one another and at edges, so that they share bytes and words of whatever holds them.</summary>
    private List<uint> DrawLpis(int bits)
    {
        SortedSet<uint> lpis = [FirstLpi, (1u << bits) - 1];
        var count = prng.Between(4, 14);
        while (lpis.Count < count)
        {
            var offset = prng.Below(4) switch
            {
                0 => (uint)prng.Below(16),
                1 => (uint)prng.Pick(63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 4095, 4096),
                2 => (uint)prng.Below(4096),
                _ => (uint)prng.Bits(bits),
            };
            if (FirstLpi + offset < 1u << bits)
            {
                lpis.Add(FirstLpi + offset);
            }
        }

        return [.. lpis];
    }

    /// <summary>At the edges of banks and of what there is, so that they share words.</summary>
    private List<uint> DrawSpis()
    {
        var last = (uint)Math.Min(shape.IntIdLines(), 1020) - 1;
        SortedSet<uint> spis = [32, 33, 63, 64, last, last - 1, (uint)prng.Between(32, 1019)];
        spis.RemoveWhere(spi => spi < 32 || spi > last);
        return [.. spis];
    }

    private ItsPlan DrawIts(int index, List<uint> lpis)
    {
        var (devices, table) = DrawDevices(lpis);
        var (collections, oddCollections, collectionTable) = DrawCollections();
        var capacity = table.Capacity;
        var implemented = 1UL << shape.DeviceIdBits();
        return new ItsPlan(
            index,
            table,
            collectionTable,
            Place(0x10_0000, PageBytes),
            prng.Pick(1, 1, 1, 1, 1, 2, 2, 16, 256),
            devices,
            [
                (uint)Math.Min(capacity, uint.MaxValue), (uint)Math.Min(implemented, uint.MaxValue),
                (uint)Math.Min(capacity - 1, uint.MaxValue), (uint)Math.Min(implemented - 1, uint.MaxValue),
                uint.MaxValue, (uint)prng.Bits(shape.DeviceIdBits()), (uint)prng.Below(16),
            ],
            collections,
            oddCollections);
    }

    private (List<DevicePlan> Devices, TablePlan Table) DrawDevices(List<uint> lpis)
    {
        var layout = new TableMaker(prng, shape, Place);
        var isWide = shape.DeviceIdBits() > 16;
        var capacity = layout.Begin(indirect: prng.Percent(50), pages: isWide ? prng.Pick(1, 4, 64) : prng.Pick(1, 2));
        var last = Math.Min(capacity, 1UL << shape.DeviceIdBits()) - 1;
        SortedSet<uint> ids = [];
        var count = Math.Min((ulong)prng.Between(2, 5), last + 1);
        while ((ulong)ids.Count < count)
        {
            var id = prng.Below(4) switch
            {
                0 => last,
                1 => prng.Bits(shape.DeviceIdBits()),
                _ => (ulong)prng.Below(8),
            };
            ids.Add((uint)Math.Min(id, last));
        }

        List<DevicePlan> devices = [.. ids.Select(id => DrawDevice(id, lpis))];
        return (devices, layout.End(type: 1, ids.Select(id => (ulong)id)));
    }

    private DevicePlan DrawDevice(uint deviceId, List<uint> lpis)
    {
        var bits = Math.Min(shape.EventIdBits(), prng.Pick(1, 2, 3, 5, 8, 14, 15, 16, 32));
        var last = (uint)((1UL << bits) - 1);
        SortedSet<uint> events = [0, 1];
        events.Add((uint)prng.Below((int)Math.Min(last, 64) + 1));
        events.Add(Math.Min(last, (uint)prng.Bits(16)));
        if (last >= FirstLpi)
        {
            // MAPI needs EventIDs that are LPIs.
            events.UnionWith(lpis.Where(lpi => lpi <= last).Take(4));
        }

        return new DevicePlan(
            deviceId,
            DrawItt(Math.Min(bits, 17)),
            bits,
            [.. events.Where(eventId => eventId <= last)],
            [last, unchecked(last + 1), uint.MaxValue, (uint)prng.Bits(bits), (uint)prng.Below(32)]);
    }

    /// <summary>
    /// Now and then where it must not be, or at the end of memory so that only its beginning is there.
    /// </summary>
    private ulong DrawItt(int bits) => prng.Below(24) switch
    {
        0 => GuestMap.Rom.Start + (prng.Bits(8) << 8),
        1 => GuestMap.Low.Start + GuestMap.Low.Length - 0x100,
        2 => 0x1000,
        _ => Place(8UL << bits, 0x100),
    };

    private (List<uint> Good, List<uint> Odd, TablePlan Table) DrawCollections()
    {
        var layout = new TableMaker(prng, shape, Place);
        var capacity = layout.Begin(indirect: shape.HasTwoLevelCollections() && prng.Percent(50), pages: 1);
        var held = (ulong)shape[ShapeOption.HardwareCollections];
        var implemented = 1UL << shape.CollectionIdBits();
        var last = Math.Min(held + capacity, implemented) - 1;
        SortedSet<ulong> good = [0, 1, Math.Min(held, last)];
        good.Add(prng.Pick<ulong>(2, 3, last, held == 0 ? 4 : held - 1));
        good.RemoveWhere(collection => collection > last);
        var table = layout.End(
            type: 4, good.Where(collection => collection >= held).Select(collection => collection - held));
        return (
            [.. good.Select(collection => (uint)collection)],
            [(uint)(last + 1), (uint)implemented & 0xFFFF, 0xFFFF, (uint)prng.Bits(16), (uint)last],
            table);
    }

    private ulong DrawConfigurationTable() => prng.Percent(8)
        // Its end is not in RAM, or its beginning lies in memory that cannot be written.
        ? prng.Pick(GuestMap.Low.Start + GuestMap.Low.Length - 0x1000, GuestMap.Rom.Start)
        : Place(1UL << shape.IntIdBits(), 0x1000);

    private ulong DrawPendingTable() => prng.Percent(4)
        ? prng.Pick<ulong>(GuestMap.Low.Start + GuestMap.Low.Length - PageBytes, GuestMap.Rom.Start, 0)
        : Place((1UL << shape.IntIdBits()) / 8, PageBytes);

    private ulong Place(ulong bytes, ulong alignment)
    {
        var isHigh = prng.Percent(10) && _nextHigh + bytes < GuestMap.High.Start + GuestMap.High.Length - alignment;
        ref var next = ref isHigh ? ref _nextHigh : ref _nextLow;
        var address = (next + alignment - 1) & ~(alignment - 1);
        next = address + bytes;
        return address;
    }
}
