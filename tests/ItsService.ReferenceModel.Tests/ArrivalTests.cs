namespace ItsService.ReferenceModel.Tests;

/// <summary>
/// When an LPI comes to another redistributor its configuration is read there: decision 0002. In most examples the byte
/// was 0xA2 (disabled) when it was read first, and is 0x43 (enabled, priority 0x40) in memory since.
/// </summary>
public class ArrivalTests
{
    private const ulong OtherTable = 0x4020_0000;

    private static readonly (bool, byte) Old = (false, 0xA0);
    private static readonly (bool, byte) New = (true, 0x40);

    private static readonly ReferenceProfile Direct = ReferenceProfile.Kvm with { DirectLpis = true };

    private static readonly Dictionary<string, Action<Bench>> Ways = new()
    {
        ["MAPC"] = bench => bench.Mapc(0, 1),
        ["MOVI"] = bench => bench.OnEvent(0x01, 2, 1, 1),
        ["MOVALL"] = bench => Movall(bench, 0, 1),
    };

    public static TheoryData<string> Arrivals => [.. Ways.Keys];

    [Theory]
    [MemberData(nameof(Arrivals))]
    public void An_LPI_that_comes_is_read(string way)
    {
        foreach (var profile in (ReferenceProfile[])[ReferenceProfile.Kvm, ReferenceProfile.Qemu])
        {
            var bench = ChangedSince(profile);
            bench.Msi(2, 1);
            Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));

            Ways[way](bench);

            Assert.Equal(New, bench.Gic.CachedConfiguration(8192));
            Assert.Empty(bench.Errors());
        }
    }

    [Theory]
    [MemberData(nameof(Arrivals))]
    public void An_LPI_that_comes_where_LPIs_are_disabled_is_not_read(string way)
    {
        var bench = ChangedSince(ReferenceProfile.Kvm);
        bench.Msi(2, 1);
        bench.WriteGicr(1, 0x00, 0, 4);

        Ways[way](bench);

        Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));
        Assert.Equal([8192u], bench.Gic.PendingLpis(0));
        Assert.Empty(bench.Errors());
    }

    [Theory]
    [MemberData(nameof(Arrivals))]
    public void An_LPI_that_comes_where_it_is_out_of_range_is_not_read(string way)
    {
        var bench = ChangedSince(ReferenceProfile.Kvm with { SharedPropbaser = false }, lpi: 20_000);
        bench.Msi(2, 1);
        bench.WriteGicr(1, 0x00, 0, 4);
        bench.WriteGicr(1, 0x70, Bench.Configurations | 13);
        bench.WriteGicr(1, 0x00, 1, 4);

        Ways[way](bench);

        Assert.Equal(Old, bench.Gic.CachedConfiguration(20_000));
        Assert.Equal([20_000u], bench.Gic.PendingLpis(0));
        Assert.Empty(bench.Errors());
    }

    [Theory]
    [MemberData(nameof(Arrivals))]
    public void A_byte_that_cannot_be_read_leaves_what_was_there(string way)
    {
        var bench = ChangedSince(ReferenceProfile.Kvm);
        bench.Msi(2, 1);
        bench.Memory.Absent = (Bench.Configurations, Bench.Configurations);

        Ways[way](bench);

        Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));
        Assert.Equal([8192u], bench.Gic.PendingLpis(1));
        Assert.Empty(bench.Errors());
    }

    [Fact]
    public void The_same_target_again_reads_nothing_but_a_target_given_anew_does()
    {
        var bench = ChangedSince(ReferenceProfile.Kvm);
        bench.Mapc(1, 0);
        bench.Mapc(0, 0);
        bench.OnEvent(0x01, 2, 1, 1);
        bench.OnEvent(0x01, 2, 1, 0);
        Movall(bench, 0, 0);
        Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));

        bench.Unmapc(0);
        bench.Mapc(0, 0);
        Assert.Equal(New, bench.Gic.CachedConfiguration(8192));
        Assert.Empty(bench.Errors());
    }

    [Fact]
    public void A_collection_that_is_mapped_after_EnableLPIs_has_its_LPIs_read()
    {
        var bench = new Bench(ReferenceProfile.Qemu, vcpus: 1);
        bench.WriteGicr(0, 0x00, 0, 4);
        bench.Configure(8192, 0xA2);
        bench.Mapd(2);
        bench.Mapti(2, 1, 8192, 0);
        bench.Configure(8192, 0x43);
        bench.WriteGicr(0, 0x00, 1, 4);
        Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));

        bench.Mapc(0, 0);
        Assert.Equal(New, bench.Gic.CachedConfiguration(8192));
    }

    [Fact]
    public void MAPC_reads_the_LPIs_of_its_collection_and_no_other()
    {
        var bench = ChangedSince(ReferenceProfile.Qemu);
        bench.Configure(8193, 0xA2);
        bench.Configure(8194, 0xA2);
        bench.Mapti(2, 2, 8193, 0);
        bench.Mapti(2, 3, 8194, 1);
        bench.Configure(8193, 0x43);
        bench.Configure(8194, 0x43);

        bench.Mapc(0, 2);

        Assert.Equal(New, bench.Gic.CachedConfiguration(8192));
        Assert.Equal(New, bench.Gic.CachedConfiguration(8193));
        Assert.Equal(Old, bench.Gic.CachedConfiguration(8194));
    }

    [Fact]
    public void MOVALL_reads_those_that_move_and_no_other()
    {
        var bench = ChangedSince(ReferenceProfile.Qemu);
        bench.Configure(8193, 0xA2);
        bench.Mapti(2, 2, 8193, 0);
        bench.Configure(8193, 0x43);
        bench.Msi(2, 2);

        Movall(bench, 0, 1);

        Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));
        Assert.Equal(New, bench.Gic.CachedConfiguration(8193));
        Assert.Equal(8193UL, bench.Acknowledge(1));
    }

    [Fact]
    public void Redistributors_with_tables_of_their_own_each_read_theirs()
    {
        var bench = new Bench(ReferenceProfile.Qemu);
        bench.Memory[OtherTable] = 0x43;
        bench.WriteGicr(1, 0x00, 0, 4);
        bench.WriteGicr(1, 0x70, OtherTable | 0xF);
        bench.WriteGicr(1, 0x00, 1, 4);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapc(1, 1);
        bench.Mapti(2, 1, 8192, 0);
        Assert.Equal((true, (byte)0xA0), bench.Gic.CachedConfiguration(8192));

        bench.OnEvent(0x01, 2, 1, 1);
        Assert.Equal(New, bench.Gic.CachedConfiguration(8192));
        bench.OnEvent(0x01, 2, 1, 0);
        Assert.Equal((true, (byte)0xA0), bench.Gic.CachedConfiguration(8192));
    }

    [Fact]
    public void SETLPIR_where_the_LPI_belongs_goes_by_the_byte_that_is_known()
    {
        var bench = ChangedSince(Direct);

        bench.WriteGicr(0, 0x40, 8192);
        Assert.Equal(Old, bench.Gic.CachedConfiguration(8192));
        bench.WriteGicr(1, 0x40, 8192);
        Assert.Equal(New, bench.Gic.CachedConfiguration(8192));
    }

    [Fact]
    public void SETLPIR_reads_where_the_collection_has_no_target_and_where_nothing_maps_the_LPI()
    {
        var bench = ChangedSince(Direct);
        bench.Unmapc(0);
        bench.WriteGicr(0, 0x40, 8192);
        Assert.Equal(New, bench.Gic.CachedConfiguration(8192));

        bench.WriteGicr(0, 0x40, 9000);
        Assert.Equal((true, (byte)0xA0), bench.Gic.CachedConfiguration(9000));
        bench.Configure(9000, 0xA2);
        bench.WriteGicr(0, 0x40, 9000);
        Assert.Equal(Old, bench.Gic.CachedConfiguration(9000));
    }

    [Fact]
    public void SETLPIR_reads_what_MAPTI_could_not_read()
    {
        var bench = new Bench(ReferenceProfile.Qemu with { DirectLpis = true });
        bench.Memory.Absent = (Bench.Configurations, Bench.Configurations);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapti(2, 1, 8192, 0);
        bench.WriteGicr(0, 0x40, 8192);
        Assert.Null(bench.Gic.CachedConfiguration(8192));
        Assert.Equal(1023UL, bench.Acknowledge(0));

        bench.Memory.Absent = null;
        bench.WriteGicr(0, 0x40, 8192);
        Assert.Equal(8192UL, bench.Acknowledge(0));
    }

    /// <summary>Event 1 of device 2, in collection 0 of vCPU 0; collection 1 is vCPU 1's.</summary>
    private static Bench ChangedSince(ReferenceProfile profile, uint lpi = 8192)
    {
        var bench = new Bench(profile);
        bench.Configure(lpi, 0xA2);
        bench.Mapd(2);
        bench.Mapc(0, 0);
        bench.Mapc(1, 1);
        bench.Mapti(2, 1, lpi, 0);
        bench.Configure(lpi, 0x43);
        return bench;
    }

    private static void Movall(Bench bench, ulong source, ulong destination) =>
        bench.Run(0x0E, 0, source << 16, destination << 16);
}
