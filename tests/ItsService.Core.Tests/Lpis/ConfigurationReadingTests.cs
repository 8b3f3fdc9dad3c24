using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// What of the configuration table is read when many LPIs are asked for at once: pages of 4 KiB, each once, and none
/// that is not needed.
/// </summary>
public class ConfigurationReadingTests
{
    private const uint Page = 4096;

    private static readonly GuestOptions Qemu = new() { Profile = GicProfiles.Qemu };

    [Fact]
    public void Invall_reads_each_page_once()
    {
        var guest = WithLpis(8192, 8448, 8704, 8192 + Page);

        Assert.Equal([PageAt(8192), PageAt(8192 + Page)], TableReads(guest, GuestCommand.Invall(0)));
    }

    [Fact]
    public void Invall_reads_no_page_in_which_nothing_concerns_the_vcpu()
    {
        const uint last = 8192 + Page - 256;
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapc(1, 1),
            GuestCommand.Mapc(2, 2),
            GuestCommand.Mapti(0, 0, 8192 + Page, 0),
            GuestCommand.Mapti(0, 1, last, 1),
            GuestCommand.Mapti(0, 2, last + 1, 2),
            GuestCommand.Int(0, 0));

        Assert.Equal([PageAt(8192 + Page)], TableReads(guest, GuestCommand.Invall(0)));
    }

    [Fact]
    public void Enable_reads_a_page_once_for_all_that_are_pending_in_it()
    {
        var guest = Guest.Started();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.SetPendingBit(0, 8192);
        guest.SetPendingBit(0, 9000);
        guest.SetPendingBit(0, 12_287);
        guest.Accesses.StartRecording();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal([PageAt(8192)], TableReads(guest.Accesses.StopRecording()));
    }

    [Fact]
    public void A_page_that_is_not_wholly_in_ram_is_tried_once_and_then_each_byte()
    {
        var guest = WithLpis(8192, 8193, 8200, 8448);
        guest.Memory.FaultReads(ByteAt(8200));

        Assert.Equal(
            [PageAt(8192), ByteAt(8192), ByteAt(8193), ByteAt(8200), ByteAt(8448)],
            TableReads(guest, GuestCommand.Invall(0)));
        Assert.Equal(8200u, Assert.Single(guest.TakeEvents()).Lpi.Value);
    }

    [Fact]
    public void A_page_that_is_not_resident_is_asked_for_with_the_rest_of_the_table()
    {
        var guest = WithLpis(8192 + Page);
        guest.Memory.MakeAbsent(new(new(Places.ConfigurationTable), 0xE000));
        guest.Publish(0, GuestCommand.Invall(0));

        Assert.Equal(
            new GuestRange(new(Places.ConfigurationByte(8192 + Page)), 0x1_0000 - 8192 - Page),
            guest.Gic.Step(1).Missing);
    }

    [Fact]
    public void An_lpi_that_was_never_read_waits_for_memory_as_well()
    {
        var guest = WithUnreadLpi(Qemu, 8192);
        guest.Memory.MakeAbsent(new(new(Places.ConfigurationTable), 0xE000));
        guest.Publish(0, GuestCommand.Invall(0));
        var step = guest.Gic.Step(1);
        Assert.Equal((AccessStatus.NotResident, 0), (step.Status, step.ExecutedCount));

        guest.Memory.Fetch(step.Missing);
        guest.Drain();
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData(16_384u)]
    [InlineData(20_000u)]
    public void An_lpi_beyond_the_vcpus_table_is_told_of_and_nothing_read_for_it(uint lpi)
    {
        var guest = WithSmallTable(at: 1);
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 1), GuestCommand.Mapti(0, 0, lpi, 0));
        guest.TakeEvents();

        Assert.Empty(TableReads(guest, GuestCommand.Invall(0)));
        var told = Assert.Single(guest.TakeEvents());
        Assert.Equal(GicEventKind.ConfigurationUnreadable, told.Kind);
        Assert.Equal((new VcpuIndex(1), new IntId(lpi)), (told.Vcpu, told.Lpi));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_byte_that_cannot_be_read_as_an_event_is_mapped_is_told_and_the_lpi_stays_disabled(bool isApi)
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 2));
        guest.Memory.FaultReads(new(new(Places.ConfigurationByte(9000)), 1));

        guest.Run(isApi ? GuestCommand.Mapi(0, 9000, 0) : GuestCommand.Mapti(0, 9000, 9000, 0));

        Assert.Equal(
            new GicEvent
            {
                Kind = GicEventKind.ConfigurationUnreadable,
                Vcpu = new VcpuIndex(2),
                Lpi = new IntId(9000),
            },
            Assert.Single(guest.TakeEvents()));
        guest.Signal(0, 9000);
        Assert.Equal([9000u], guest.PendingAt(2));
        Assert.False(guest.Cpu(2).IsAsserted);
    }

    [Fact]
    public void The_last_lpis_of_a_table_are_read_and_none_behind_them()
    {
        var guest = WithSmallTable(at: 1);
        guest.Memory.FaultReads(new(new(Places.Scratch), 0x2000));
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 1),
            GuestCommand.Mapti(0, 0, 16_384 - 256, 0),
            GuestCommand.Mapti(0, 1, 16_383, 0));
        guest.Memory.Heal();
        guest.TakeEvents();
        guest.WriteByte(Places.Scratch + 0x1FFF, Guest.EnabledAtA0);

        guest.Run(GuestCommand.Invall(0));
        guest.Signal(0, 0);
        guest.Signal(0, 1);

        Assert.Empty(guest.TakeEvents());
        Assert.Equal([16_383u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Of_all_that_cannot_be_read_the_lowest_is_told_of()
    {
        var guest = WithLpis(20_000);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.SetPendingBit(0, 9000);
        guest.Memory.FaultReads(new(new(Places.ConfigurationTable), 0xE000));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal(9000u, Assert.Single(guest.TakeEvents()).Lpi.Value);
    }

    [Fact]
    public void Movall_asks_nothing_of_an_lpi_that_stays()
    {
        var guest = WithSmallTable(at: 1);
        guest.Map(0, 0, 20_000);
        guest.Signal(0, 0);

        Assert.Empty(TableReads(guest, GuestCommand.Movall(0, 1)));
        Assert.Empty(guest.TakeEvents());
        Assert.Equal([20_000u], guest.PendingAt(0));
    }

    [Fact]
    public void Mapc_reads_the_lpis_of_its_own_its_alone()
    {
        var guest = WithSmallTable(at: 2, itsCount: 2); // zeros: every LPI is disabled
        guest.Map(0, 0, 9000, its: 0);
        guest.Map(0, 0, 9001, its: 1);
        guest.Run(GuestCommand.Mapc(0, 2));
        guest.Signal(0, 0, its: 0);
        guest.Signal(0, 0, its: 1);

        Assert.Empty(guest.Cpu(2).TakeAll());
        Assert.Equal([9001u], guest.Cpu(0).TakeAll());
    }

    /// <summary>Device 0 with these LPIs in collection 0, which goes to vCPU 0.</summary>
    private static Guest WithLpis(params ReadOnlySpan<uint> lpis)
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        for (var index = 0; index < lpis.Length; index++)
        {
            guest.Run(GuestCommand.Mapti(0, (uint)index, lpis[index], 0));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    private static Guest WithUnreadLpi(GuestOptions options, uint lpi)
    {
        var guest = Guest.Started(options);
        guest.Memory.FaultReads(ByteAt(lpi));
        guest.Map(0, 0, lpi);
        guest.Memory.Heal();
        return guest;
    }

    /// <summary>One vCPU has a table of 14 bits at Scratch, which holds zeros.</summary>
    private static Guest WithSmallTable(int at, int itsCount = 1)
    {
        var guest = Guest.Started(Qemu with { ItsCount = itsCount });
        guest.Gicr(at).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(at).Write64(GicrOffset.Propbaser, Places.Scratch | 13);
        guest.Gicr(at).Write32(GicrOffset.Ctlr, 1);
        return guest;
    }

    private static GuestRange PageAt(uint lpi) => new(new(Places.ConfigurationByte(lpi)), Page);

    private static GuestRange ByteAt(uint lpi) => new(new(Places.ConfigurationByte(lpi)), 1);

    private static GuestRange[] TableReads(Guest guest, GuestCommand command)
    {
        guest.Accesses.StartRecording();
        guest.Run(command);
        return TableReads(guest.Accesses.StopRecording());
    }

    /// <summary>The reads of the standard table and of Scratch.</summary>
    private static GuestRange[] TableReads(MemoryAccess[] accesses) =>
    [
        .. accesses.Select(access => access.Range)
            .Where(range => range.Start.Value is >= Places.ConfigurationTable and < Places.ConfigurationTable + 0x1_0000
                or >= Places.Scratch and < Places.Scratch + 0x2_0000),
    ];
}
