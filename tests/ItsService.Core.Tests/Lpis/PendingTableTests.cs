using ItsService.Core.Events;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Lpis;

/// <summary>The pending table at EnableLPIs 0→1 and 1→0 (redistributor-lpi section 3, tables section 10).</summary>
public class PendingTableTests
{
    private const ulong PendingTableZero = 1UL << 62;

    [Fact]
    public void Pending_bits_are_taken_when_lpis_are_enabled()
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8192);
        guest.SetPendingBit(0, 8201);
        guest.SetPendingBit(0, 65535);
        Enable(guest);

        Assert.Equal([8192u, 8201u, 65535u], guest.PendingAt(0));
        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal([8192u, 8201u, 65535u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Every_bit_of_the_table_is_the_lpi_of_its_place()
    {
        var guest = WithLpisDisabled();
        var expected = new List<uint>();
        for (var lpi = 8192u; lpi < 65536; lpi += 97)
        {
            guest.SetPendingBit(0, lpi);
            expected.Add(lpi);
        }

        Enable(guest);

        Assert.Equal(expected, guest.PendingAt(0));
    }

    [Fact]
    public void Full_table_is_taken_whole()
    {
        var guest = WithLpisDisabled();
        guest.Fill(Places.PendingTable(0), 8192, 0xFF);
        Enable(guest);

        Assert.Equal(65536 - 8192, guest.PendingAt(0).Length);
    }

    [Fact]
    public void Each_redistributor_reads_its_own_table()
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8192);
        guest.SetPendingBit(1, 8193);
        Enable(guest);

        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Empty(guest.PendingAt(1));
    }

    [Fact]
    public void Pending_table_zero_leaves_the_table_unread()
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8192);
        guest.Memory.FaultReads(new(new(Places.PendingTable(0)), 0x1_0000));
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, PendingTableZero | Places.PendingTable(0));
        Enable(guest);

        Assert.Empty(guest.PendingAt(0));
        Assert.Empty(guest.TakeEvents());
        Assert.Equal(0UL, guest.Gicr(0).Read64(GicrOffset.Pendbaser) & PendingTableZero);
    }

    [Theory]
    [InlineData(GicrOffset.Pendbaser, 0x4810_0000u, false)]
    [InlineData(GicrOffset.Pendbaser + 4, 0u, true)]
    public void Pending_table_zero_is_of_the_high_half_alone(int offset, uint value, bool isRead)
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8192);
        guest.Gicr(0).Write32(GicrOffset.Pendbaser + 4, PendingTableZero >> 32);
        guest.Gicr(0).Write32(offset, value);
        Enable(guest);

        Assert.Equal(isRead ? [8192u] : [], guest.PendingAt(0));
    }

    [Fact]
    public void Configuration_of_pending_lpis_is_read_when_lpis_are_enabled()
    {
        var guest = WithLpisDisabled();
        guest.Configure(8192, 0x41);
        guest.Configure(8193, Guest.DisabledAtA0);
        guest.Configure(8194, 0x21);
        guest.SetPendingBit(0, 8192);
        guest.SetPendingBit(0, 8193);
        guest.SetPendingBit(0, 8194);
        Enable(guest);

        Assert.Equal([8194u, 8192u], guest.Cpu(0).TakeAll());
        Assert.Equal([8193u], guest.PendingAt(0));
    }

    [Theory]
    [InlineData(GicrOffset.Invlpir)]
    [InlineData(GicrOffset.Invallr)]
    public void Pending_lpi_with_an_unreadable_configuration_is_delivered_once_it_is_read(int invalidate)
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8192);
        guest.Memory.FaultReads(new(new(Places.ConfigurationTable), 0x1000));
        Enable(guest);
        Assert.Equal(GicEventKind.ConfigurationUnreadable, Assert.Single(guest.TakeEvents()).Kind);
        Assert.Empty(guest.Cpu(0).TakeAll());

        guest.Memory.Heal();
        guest.Gicr(0).Write64(invalidate, 8192);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void First_kibibyte_makes_nothing_pending_and_is_not_written()
    {
        var guest = WithLpisDisabled();
        guest.Fill(Places.PendingTable(0), 1024, 0xFF);
        Enable(guest);
        Assert.Empty(guest.PendingAt(0));

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        Assert.All(guest.ReadBytes(Places.PendingTable(0), 1024), value => Assert.Equal(0xFF, value));
    }

    [Fact]
    public void Disable_writes_ones_and_zeros_and_nothing_beyond()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8203);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Fill(Places.PendingTable(0), 0x1_0000, 0xFF);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        var expected = new byte[0x1_0000];
        expected.AsSpan().Fill(0xFF);
        expected.AsSpan(1024, 8192 - 1024).Clear();
        expected[8203 / 8] = 1 << (8203 % 8);
        Assert.Equal(expected, guest.ReadBytes(Places.PendingTable(0), expected.Length));
    }

    [Fact]
    public void Disable_withdraws_and_enable_brings_back()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.Empty(guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());

        Enable(guest);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Lpi_acknowledged_after_the_enable_does_not_come_back()
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8192);
        Enable(guest);
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        Enable(guest);

        Assert.Empty(guest.PendingAt(0));
    }

    [Fact]
    public void Message_while_lpis_are_disabled_is_not_remembered()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        Assert.Equal(MsiOutcome.DroppedLpisDisabled, guest.Signal(0, 0));
        Enable(guest);

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(12UL)]
    public void Table_too_small_for_lpis_is_neither_read_nor_written(ulong idBits)
    {
        var guest = WithLpisDisabled();
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | idBits);
        guest.Memory.FaultReads(new(new(Places.PendingTable(0)), 0x1_0000));
        guest.Memory.FaultWrites(new(new(Places.PendingTable(0)), 0x1_0000));
        Enable(guest);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        Assert.Empty(guest.TakeEvents());
    }

    [Fact]
    public void Table_is_as_long_as_its_id_bits()
    {
        var guest = WithLpisDisabled();
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 13);
        guest.SetPendingBit(0, 16383);
        guest.SetPendingBit(0, 16384);
        guest.Memory.FaultWrites(new(new(Places.PendingByte(0, 16384)), 0x1000));
        Enable(guest);
        Assert.Equal([16383u], guest.PendingAt(0));

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        Assert.Empty(guest.TakeEvents());
    }

    [Fact]
    public void Unreadable_table_enables_with_nothing_pending()
    {
        var guest = WithLpisDisabled();
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.OutsideRam);
        Enable(guest);

        Assert.Equal(1UL, guest.Gicr(0).Read32(GicrOffset.Ctlr) & 1);
        Assert.Equal(GicEventKind.PendingTableUnreadable, Assert.Single(guest.TakeEvents()).Kind);
        Assert.Empty(guest.PendingAt(0));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(70u)]
    public void Unwritable_table_disables_all_the_same_and_tells_how_many_lpis_are_lost(uint count)
    {
        var guest = WithLpisDisabled();
        Enable(guest);
        guest.Map(0, 0, 8192);
        guest.Run([.. Enumerable.Range(0, (int)count)
            .SelectMany(n => (GuestCommand[])
                [GuestCommand.Mapti(0, (uint)n, 8192 + (100 * (uint)n), 0), GuestCommand.Int(0, (uint)n)])]);
        guest.Memory.FaultWrites(new(new(Places.PendingTable(0)), 0x2000));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        Assert.Equal(0UL, guest.Gicr(0).Read32(GicrOffset.Ctlr) & 1);
        Assert.Equal(
            new GicEvent { Kind = GicEventKind.PendingTableUnwritable, LpiCount = (int)count },
            Assert.Single(guest.TakeEvents()));
        Assert.Equal(count, guest.Gic.Counters.LostLpis);
        Assert.False(guest.Cpu(0).IsAsserted);
    }

    [Fact]
    public void Lost_lpis_add_up_and_those_that_are_written_back_are_not_lost()
    {
        var guest = WithLpisDisabled();
        guest.SetPendingBit(0, 8200);
        guest.SetPendingBit(0, 9000);
        Enable(guest);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        Assert.Equal(0, guest.Gic.Counters.LostLpis);

        guest.Memory.FaultWrites(new(new(Places.PendingTable(0)), 0x2000));
        for (var round = 0; round < 3; round++)
        {
            Enable(guest);
            guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        }

        Assert.Equal(6, guest.Gic.Counters.LostLpis);
        Assert.Equal([2, 2, 2], guest.TakeEvents().Select(lost => lost.LpiCount));
    }

    [Fact]
    public void Shared_table_that_shrinks_under_pending_lpis_does_no_harm()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 60_000, cpu: 1);
        guest.Map(1, 0, 8200, collection: 1, cpu: 1);
        guest.Signal(0, 0);
        guest.Signal(1, 0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 13);
        Assert.Equal(MsiOutcome.Coalesced, guest.Signal(0, 0)); // the table in use is that of the enable
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal([8200u], guest.PendingAt(1));
    }

    [Fact]
    public void Writing_the_present_value_changes_nothing()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);
        guest.SetPendingBit(0, 8200);
        var before = Snapshot.Of(guest);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal(before, Snapshot.Of(guest));
    }

    private static Guest WithLpisDisabled()
    {
        var guest = Guest.Started();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        return guest;
    }

    private static void Enable(Guest guest) => guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
}
