namespace ItsService.ReferenceModel.Tests;

/// <summary>
/// An LPI is known while an event maps it or it is pending somewhere, and its collection is the one that it was given
/// last, while an event maps it: decision 0002. Event 1 of device 2 has LPI 8192, in collection 0 of vCPU 0.
/// </summary>
public class KnownLpiTests
{
    private static readonly (bool, byte) First = (true, 0xA0);
    private static readonly (bool, byte) Changed = (true, 0x40);

    private static readonly ReferenceProfile Direct = ReferenceProfile.Kvm with { DirectLpis = true };

    private static readonly Dictionary<string, Action<Bench>> Unmappings = new()
    {
        ["DISCARD"] = bench => bench.OnEvent(0x0F, 2, 1),
        ["MAPD V=0"] = bench => bench.Unmapd(2),
        ["MAPD V=1"] = bench => bench.Mapd(2),
        ["MAPTI of another LPI"] = bench => bench.Mapti(2, 1, 8193, 0),
        ["GITS_BASER0"] = ChangeDeviceTable,
    };

    /// <summary>Ends of a pending state at vCPU 1.</summary>
    private static readonly Dictionary<string, Action<Bench>> Endings = new()
    {
        ["ICC_IAR1"] = bench => Assert.Equal(8192UL, bench.Acknowledge(1)),
        ["CLRLPIR"] = bench => bench.WriteGicr(1, 0x48, 8192),
        ["EnableLPIs"] = bench => bench.WriteGicr(1, 0x00, 0, 4),
    };

    public static TheoryData<string> WaysToUnmap => [.. Unmappings.Keys];

    public static TheoryData<string> WaysToEnd => [.. Endings.Keys];

    [Theory]
    [MemberData(nameof(WaysToUnmap))]
    public void An_LPI_whose_last_event_goes_is_forgotten(string way)
    {
        var bench = OneEvent(Direct);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        Unmappings[way](bench);

        Assert.Null(bench.Gic.CachedConfiguration(8192));
        Assert.Empty(bench.Errors());
    }

    [Theory]
    [MemberData(nameof(WaysToUnmap))]
    public void An_LPI_that_is_pending_somewhere_stays_known_and_has_no_collection(string way)
    {
        var bench = OneEvent(Direct);
        bench.WriteGicr(1, 0x40, 8192);
        Unmappings[way](bench);
        bench.Configure(8192, 0x43);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        // Neither the collection of the past leads to it, nor a MAPC of it.
        bench.Run(0x0D, 0, 0, 0);
        bench.WriteGicr(0, 0x00, 0, 4);
        bench.WriteGicr(0, 0x00, 1, 4);
        bench.Mapc(0, 2);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        // Where it is pending INVALLR reaches it.
        bench.WriteGicr(1, 0xB0, 0);
        Assert.Equal(Changed, bench.Gic.CachedConfiguration(8192));
        Assert.Empty(bench.Errors());
    }

    [Theory]
    [MemberData(nameof(WaysToUnmap))]
    public void An_LPI_that_another_event_maps_stays_known(string way)
    {
        var bench = OneEvent(Direct);
        MapAtTheSecondIts(bench);

        Unmappings[way](bench);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        // The second ITS's command was the last, and its collection is vCPU 3's.
        bench.Configure(8192, 0x43);
        bench.WriteGicr(0, 0xB0, 0);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));
        bench.WriteGicr(3, 0xB0, 0);
        Assert.Equal(Changed, bench.Gic.CachedConfiguration(8192));

        DiscardAtTheSecondIts(bench);
        Assert.Null(bench.Gic.CachedConfiguration(8192));
        Assert.Empty(bench.Errors());
    }

    [Theory]
    [MemberData(nameof(WaysToUnmap))]
    public void The_collection_given_last_counts_after_its_event_is_gone_while_another_maps_the_LPI(string way)
    {
        var bench = OneEvent(Direct);
        MapAtTheSecondIts(bench);
        bench.Mapti(2, 1, 8192, 0);

        Unmappings[way](bench);

        bench.Configure(8192, 0x43);
        bench.WriteGicr(3, 0xB0, 0);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));
        bench.WriteGicr(0, 0xB0, 0);
        Assert.Equal(Changed, bench.Gic.CachedConfiguration(8192));
    }

    [Theory]
    [MemberData(nameof(WaysToEnd))]
    public void An_LPI_that_nothing_maps_is_forgotten_where_it_is_pending_no_longer(string way)
    {
        var bench = OneEvent(Direct);
        bench.WriteGicr(1, 0x40, 8192);
        bench.OnEvent(0x0F, 2, 1);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        Endings[way](bench);

        Assert.Empty(bench.Gic.PendingLpis(1));
        Assert.Null(bench.Gic.CachedConfiguration(8192));
    }

    [Theory]
    [MemberData(nameof(WaysToEnd))]
    public void An_LPI_that_is_pending_elsewhere_stays_known(string way)
    {
        var bench = OneEvent(Direct);
        bench.WriteGicr(1, 0x40, 8192);
        bench.WriteGicr(2, 0x40, 8192);
        bench.OnEvent(0x0F, 2, 1);

        Endings[way](bench);

        Assert.Empty(bench.Gic.PendingLpis(1));
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));
        Assert.Equal(8192UL, bench.Acknowledge(2));
    }

    [Theory]
    [MemberData(nameof(WaysToEnd))]
    public void An_LPI_that_an_event_maps_stays_known_where_it_is_pending_no_longer(string way)
    {
        var bench = OneEvent(Direct);
        bench.WriteGicr(1, 0x40, 8192);

        Endings[way](bench);

        Assert.Empty(bench.Gic.PendingLpis(1));
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));
    }

    [Fact]
    public void CLEAR_forgets_nothing_and_DISCARD_leaves_what_is_pending_elsewhere()
    {
        var bench = OneEvent(Direct);
        bench.Msi(2, 1);
        bench.WriteGicr(1, 0x40, 8192);
        bench.OnEvent(0x04, 2, 1);
        Assert.Empty(bench.Gic.PendingLpis(0));
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        bench.Msi(2, 1);
        bench.OnEvent(0x0F, 2, 1);
        Assert.Empty(bench.Gic.PendingLpis(0));
        Assert.Equal([8192u], bench.Gic.PendingLpis(1));
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));
    }

    [Fact]
    public void A_forgotten_byte_does_not_come_back()
    {
        var bench = OneEvent(ReferenceProfile.Qemu);
        bench.OnEvent(0x0F, 2, 1);
        bench.Memory.Absent = (Bench.Configurations, Bench.Configurations);

        bench.Mapti(2, 1, 8192, 0);
        bench.Msi(2, 1);

        Assert.Null(bench.Gic.CachedConfiguration(8192));
        Assert.Equal(1023UL, bench.Acknowledge(0));
        Assert.Empty(bench.Errors());
    }

    [Fact]
    public void MAPC_takes_along_only_what_an_event_maps()
    {
        var bench = OneEvent(ReferenceProfile.Kvm);
        bench.Mapti(2, 2, 8200, 0);
        bench.Msi(2, 1);
        bench.Msi(2, 2);
        bench.Mapti(2, 1, 8193, 0);

        bench.Mapc(0, 1);

        Assert.Equal([8192u], bench.Gic.PendingLpis(0));
        Assert.Equal([8200u], bench.Gic.PendingLpis(1));
    }

    [Fact]
    public void Two_events_of_one_LPI_share_the_collection_of_the_later_command()
    {
        var bench = OneEvent(ReferenceProfile.Kvm);
        bench.Mapc(1, 1);
        bench.Mapc(2, 2);
        bench.Mapti(2, 2, 8192, 1);
        bench.Configure(8192, 0x43);
        bench.Run(0x0D, 0, 0, 0);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));
        bench.Run(0x0D, 0, 1, 0);
        Assert.Equal(Changed, bench.Gic.CachedConfiguration(8192));

        bench.OnEvent(0x01, 2, 1, 2);
        bench.Configure(8192, 0xA3);
        bench.Run(0x0D, 0, 1, 0);
        Assert.Equal(Changed, bench.Gic.CachedConfiguration(8192));
        bench.Run(0x0D, 0, 2, 0);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8192));

        // In kvm MAPC takes along what is pending through the collection given last.
        bench.Msi(2, 2);
        bench.Mapc(1, 3);
        Assert.Equal([8192u], bench.Gic.PendingLpis(1));
    }

    [Fact]
    public void INVLPIR_keeps_nothing_of_an_LPI_that_is_nowhere()
    {
        var bench = new Bench(Direct);
        bench.WriteGicr(0, 0xA0, 9000);
        Assert.Null(bench.Gic.CachedConfiguration(9000));

        bench.WriteGicr(1, 0x40, 9000);
        bench.Configure(9000, 0x43);
        bench.WriteGicr(0, 0xA0, 9000);
        Assert.Equal(Changed, bench.Gic.CachedConfiguration(9000));
    }

    [Fact]
    public void A_pending_table_makes_LPIs_known_and_MOVALL_keeps_them_so()
    {
        var bench = new Bench(ReferenceProfile.Qemu);
        bench.WriteGicr(0, 0x00, 0, 4);
        bench.Memory[Bench.PendingTable(0) + 1024] = 0x03;
        bench.WriteGicr(0, 0x00, 1, 4);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8193));

        bench.Run(0x0E, 0, 0, 0x1_0000);
        Assert.Equal(8192UL, bench.Acknowledge(1));
        Assert.Null(bench.Gic.CachedConfiguration(8192));
        bench.WriteGicr(0, 0x00, 0, 4);
        Assert.Equal(First, bench.Gic.CachedConfiguration(8193));
        bench.WriteGicr(1, 0x00, 0, 4);
        Assert.Null(bench.Gic.CachedConfiguration(8193));
    }

    private static Bench OneEvent(ReferenceProfile profile)
    {
        var bench = new Bench(profile, itsCount: 2);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapti(2, 1, 8192, 0);
        return bench;
    }

    /// <summary>Event 1 of device 5 at ITS 1, LPI 8192 too, in that ITS's collection 0 of vCPU 3.</summary>
    private static void MapAtTheSecondIts(Bench bench) => RunAtTheSecondIts(
        bench,
        0x0000_0005_0000_0008, 7, 0x8000_0000_4009_0000, 0,
        0x0000_0000_0000_0009, 0, 0x8000_0000_0003_0000, 0,
        0x0000_0005_0000_000A, 0x0000_2000_0000_0001, 0, 0);

    private static void DiscardAtTheSecondIts(Bench bench) =>
        RunAtTheSecondIts(bench, 0x0000_0005_0000_000F, 1, 0, 0);

    private static void RunAtTheSecondIts(Bench bench, params ulong[] doublewords)
    {
        var offset = bench.Its(0x88, its: 1);
        foreach (var doubleword in doublewords)
        {
            bench.Memory.Write64((bench.Its(0x80, its: 1) & 0x000F_FFFF_FFFF_0000) + offset, doubleword);
            offset += 8;
        }

        bench.WriteIts(0x88, offset, its: 1);
    }

    private static void ChangeDeviceTable(Bench bench)
    {
        bench.WriteIts32(0x00, 0);
        bench.WriteIts(0x100, bench.Its(0x100) + 1);
        bench.WriteIts32(0x00, 1);
    }
}
