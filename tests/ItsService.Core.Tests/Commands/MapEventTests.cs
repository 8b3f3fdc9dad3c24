using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Commands;

/// <summary>MAPTI and MAPI (commands 6.3, conformance 103 to 119).</summary>
public class MapEventTests
{
    [Theory]
    [InlineData(8192u)]
    [InlineData(65535u)]
    public void First_and_last_lpi_deliver(uint lpi)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, lpi);
        guest.Signal(0, 0);

        Assert.Equal([lpi], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Mapi_takes_the_event_for_the_lpi()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapi(0, 8200, 0));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 8200));
        Assert.Equal([8200u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData("kvm", 16383u, true)]
    [InlineData("kvm", 16384u, false)]
    [InlineData("qemu", 16383u, true)]
    [InlineData("qemu", 16384u, true)]
    [InlineData("qemu", 65535u, true)]
    [InlineData("qemu", 65536u, false)]
    public void Upper_bound_of_lpis_is_the_profiles(string profile, uint lpi, bool isAccepted)
    {
        var guest = WithIdBits(profile, 13);
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 0, lpi, 0));

        CommandError[] expected = isAccepted ? [] : [CommandError.MaptiPhysicalIdOutOfRange];
        Assert.Equal(expected, guest.TakeErrors());
        var outcome = guest.Signal(0, 0);
        Assert.Equal(
            !isAccepted ? MsiOutcome.DroppedEventUnmapped
                : lpi < 16384 ? MsiOutcome.Pended : MsiOutcome.DroppedIntIdOutOfRange,
            outcome);
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Table_too_small_for_lpis_delivers_none(string profile)
    {
        var guest = WithIdBits(profile, 10);
        guest.Run(
            GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 0, 8192, 0));
        guest.Signal(0, 0);

        Assert.Equal(profile == "kvm", guest.TakeErrors().Length > 0);
        Assert.Empty(guest.PendingAt(0));
    }

    [Fact]
    public void Collection_need_not_be_mapped_yet()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapti(0, 0, 8192, 5));
        Assert.Empty(guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(0, 0));

        guest.Run(GuestCommand.Mapc(5, 1));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        Assert.Equal([8192u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Mapping_over_a_mapped_event_replaces_it_and_leaves_the_old_lpi_pending()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 0, 8193, 1));
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Equal([8193u], guest.PendingAt(1));
        Assert.Equal(
            new EventSummary(new(0), new(8193), new(1)), Assert.Single(guest.Gic.Inspection.Events(0, new(0))));
    }

    [Fact]
    public void Two_events_of_one_lpi_share_its_state()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapti(0, 1, 8192, 0));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        Assert.Equal(MsiOutcome.Coalesced, guest.Signal(0, 1));
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 1));
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Configuration_set_before_the_mapping_needs_no_inv()
    {
        var guest = Guest.Started();
        guest.Configure(8192, 0x21);
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);

        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Equal(0x20UL, guest.Cpu(0).RunningPriority);
    }

    [Fact]
    public void Mapping_a_discarded_lpi_anew_takes_the_new_target_and_configuration()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Configure(8192, 0x41);
        guest.Run(GuestCommand.Discard(0, 0), GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 0, 8192, 1));
        guest.Signal(0, 0);
        guest.Cpu(0).Unmask();

        Assert.Empty(guest.Cpu(0).TakeAll());
        Assert.Equal(8192u, guest.Cpu(1).Acknowledge());
        Assert.Equal(0x40UL, guest.Cpu(1).RunningPriority);
    }

    [Fact]
    public void Configuration_outside_ram_maps_nothing_until_it_is_inside()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        guest.Memory.FaultReads(new(new(Places.ConfigurationByte(8192)), 1));
        guest.Run(GuestCommand.Mapti(0, 0, 8192, 0));
        Assert.Equal([CommandError.TableMemory], guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));

        guest.Memory.Heal();
        guest.Run(GuestCommand.Mapti(0, 0, 8192, 0));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }

    [Theory]
    [InlineData("kvm", false)]
    [InlineData("qemu", true)]
    public void Pending_table_outside_ram_maps_only_where_the_profile_does_not_mind(string profile, bool isAccepted)
    {
        var guest = WithPendingTable(profile, Places.OutsideRam);
        var before = Snapshot.WithoutQueue(guest);
        guest.Configure(8192, 0x41);
        guest.Run(GuestCommand.Mapti(0, 0, 8192, 0));

        CommandError[] expected = isAccepted ? [] : [CommandError.TableMemory];
        Assert.Equal(expected, guest.TakeErrors());
        Assert.Equal(isAccepted, !before.SequenceEqual(Snapshot.WithoutQueue(guest)));
        Assert.Equal(isAccepted ? MsiOutcome.Pended : MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Pending_table_that_is_partly_in_ram_takes_the_lpis_of_that_part()
    {
        const uint FirstBeyond = 0x8000;
        var guest = WithPendingTable("kvm", Places.OutsideRam);
        guest.Ram.ReplaceRegions(
        [
            new MemoryRegion(new GuestRange(new(Places.Ram), Places.RamBytes)),
            new MemoryRegion(new GuestRange(new(Places.OutsideRam), FirstBeyond / 8)),
        ]);
        guest.Run(GuestCommand.Mapti(0, 0, FirstBeyond - 1, 0));
        Assert.Empty(guest.TakeErrors());

        guest.Run(GuestCommand.Mapti(0, 1, FirstBeyond, 0));

        Assert.Equal([CommandError.TableMemory], guest.TakeErrors());
    }

    [Fact]
    public void Pending_table_is_looked_at_only_where_it_is_in_use()
    {
        var guest = WithPendingTable("kvm", Places.OutsideRam);
        guest.Run(
            GuestCommand.Mapti(0, 0, 8192, 7), // a collection without a target
            GuestCommand.Mapc(1, 1),
            GuestCommand.Mapti(0, 1, 8193, 1)); // another vCPU's
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Run(GuestCommand.Mapti(0, 2, 8194, 0)); // LPIs are disabled

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(3, guest.Gic.Inspection.Events(0, new(0)).Count());
    }

    [Fact]
    public void Inspection_lists_events_in_order()
    {
        var guest = Guest.Started();
        guest.Map(0, 500, 9000);
        guest.Run(GuestCommand.Mapti(0, 3, 8200, 7), GuestCommand.Mapti(0, 0xFFFF, 8201, 0));

        Assert.Equal(
            [
                new EventSummary(new(3), new(8200), new(7)),
                new EventSummary(new(500), new(9000), new(0)),
                new EventSummary(new(0xFFFF), new(8201), new(0)),
            ],
            guest.Gic.Inspection.Events(0, new(0)));
    }

    /// <summary>Device 0, collection 0 at vCPU 0, whose LPIs are enabled with the pending table there.</summary>
    private static Guest WithPendingTable(string profile, ulong address)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, address);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        guest.TakeEvents();
        return guest;
    }

    private static Guest WithIdBits(string profile, uint idBits)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile), VcpuCount = 2 });
        for (var vcpu = 0; vcpu < 2; vcpu++)
        {
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
            guest.Gicr(vcpu).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | idBits);
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        }

        return guest;
    }
}
