using ItsService.Core.CpuInterface;
using ItsService.Core.Events;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// A configuration byte is read once and stays in force until INV, INVALL, INVLPIR, INVALLR or EnableLPIs 0→1
/// (redistributor-lpi 8.1, conformance 152 to 161, 190 to 192).
/// </summary>
public class ConfigurationTests
{
    [Fact]
    public void Change_without_an_invalidation_is_not_seen()
    {
        var guest = Mapped(Guest.DisabledAtA0);
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Sync(0));

        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Empty(guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData("INV")]
    [InlineData("INVALL")]
    [InlineData("INVLPIR")]
    [InlineData("INVALLR")]
    [InlineData("EnableLPIs")]
    public void Enable_while_pending_is_seen_after(string way)
    {
        var guest = Mapped(Guest.DisabledAtA0);
        guest.Signal(0, 0);
        Assert.False(guest.Cpu(0).IsAsserted);
        guest.Configure(8192, Guest.EnabledAtA0);
        Invalidate(guest, way);

        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData("INV")]
    [InlineData("INVALL")]
    [InlineData("INVLPIR")]
    [InlineData("INVALLR")]
    [InlineData("EnableLPIs")]
    public void Disable_while_pending_withdraws_the_lpi_and_keeps_it_pending(string way)
    {
        var guest = Mapped(Guest.EnabledAtA0);
        guest.Signal(0, 0);
        Assert.True(guest.Cpu(0).IsAsserted);
        guest.Configure(8192, Guest.DisabledAtA0);
        Invalidate(guest, way);

        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Theory]
    [InlineData("INV")]
    [InlineData("INVALL")]
    [InlineData("INVLPIR")]
    [InlineData("INVALLR")]
    [InlineData("EnableLPIs")]
    public void Priority_change_while_pending_is_seen_after(string way)
    {
        var guest = Mapped(Guest.EnabledAtA0);
        guest.Cpu(0).Mask(0x80);
        guest.Signal(0, 0);
        guest.Configure(8192, 0x23);
        Assert.False(guest.Cpu(0).IsAsserted);
        Invalidate(guest, way);

        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Equal(0x20UL, guest.Cpu(0).RunningPriority);
    }

    [Theory]
    [InlineData("INV")]
    [InlineData("INVLPIR")]
    public void Invalidation_of_one_lpi_leaves_the_others(string way)
    {
        var guest = Mapped(Guest.DisabledAtA0);
        guest.Configure(8193, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0));
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Configure(8193, Guest.EnabledAtA0);
        guest.Signal(0, 0);
        guest.Signal(0, 1);
        Invalidate(guest, way);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Priority_changes_reorder_what_is_pending()
    {
        var guest = Mapped(0x41);
        guest.Configure(8193, 0x61);
        guest.Configure(8194, 0x61);
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0), GuestCommand.Mapti(0, 2, 8194, 0));
        guest.Signal(0, 2);
        guest.Signal(0, 1);
        guest.Signal(0, 0);
        guest.Configure(8192, 0x81);
        guest.Configure(8194, 0x21);
        guest.Run(GuestCommand.Invall(0));

        Assert.Equal([8194u, 8193u, 8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Invall_concerns_the_collections_redistributor_alone()
    {
        var guest = TwoCollections();
        guest.Run(GuestCommand.Invall(0));
        guest.Signal(0, 0);
        guest.Signal(0, 1);
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
        Assert.Empty(guest.Cpu(1).TakeAll());

        guest.Run(GuestCommand.Invall(1));

        Assert.Equal([8193u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Invallr_concerns_its_own_redistributor_alone()
    {
        var guest = TwoCollections();
        guest.Gicr(1).Write64(GicrOffset.Invallr, 0);
        guest.Signal(0, 0);
        guest.Signal(0, 1);

        Assert.Empty(guest.Cpu(0).TakeAll());
        Assert.Equal([8193u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Invall_concerns_all_collections_of_the_redistributor()
    {
        var guest = TwoCollections();
        guest.Run(GuestCommand.Mapc(2, 1), GuestCommand.Invall(2));
        guest.Signal(0, 1);

        Assert.Equal([8193u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Invall_of_one_its_concerns_events_of_the_other_at_the_same_redistributor()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Map(0, 0, 8192, its: 1);
        guest.Run(GuestCommand.Mapc(5, 0));
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Run(GuestCommand.Invall(5));
        guest.Signal(0, 0, its: 1);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Invall_follows_movi_and_mapc()
    {
        var guest = TwoCollections();
        guest.Run(GuestCommand.Movi(0, 0, 1), GuestCommand.Invall(1));
        guest.Signal(0, 0);
        Assert.Equal([8192u], guest.Cpu(1).TakeAll());

        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Mapc(1, 3), GuestCommand.Mapc(2, 3), GuestCommand.Invall(2));
        guest.Signal(0, 0);

        Assert.Empty(guest.Cpu(3).TakeAll());
    }

    [Fact]
    public void Invall_without_events_changes_nothing()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapc(0, 0));
        var before = Snapshot.WithoutQueue(guest);
        guest.Run(GuestCommand.Invall(0));

        Assert.Empty(guest.TakeEvents());
        Assert.Equal(before, Snapshot.WithoutQueue(guest));
    }

    [Fact]
    public void Inspection_tells_a_configuration_as_last_read()
    {
        var guest = Guest.Started();
        Assert.Equal(new LpiSummary(false, false, 0), guest.Gic.Inspection.Lpi(new(8192)));

        guest.Configure(8192, 0x43);
        guest.Map(0, 0, 8192);
        guest.Configure(8192, 0x82);
        Assert.Equal(new LpiSummary(true, true, 0x40), guest.Gic.Inspection.Lpi(new(8192)));

        guest.Run(GuestCommand.Inv(0, 0));
        Assert.Equal(new LpiSummary(true, false, 0x80), guest.Gic.Inspection.Lpi(new(8192)));
        Assert.Equal(new LpiSummary(false, false, 0), guest.Gic.Inspection.Lpi(new(0)));
    }

    [Fact]
    public void Inv_works_while_the_collection_is_unmapped()
    {
        var guest = Mapped(Guest.DisabledAtA0);
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Run(GuestCommand.MapcUnmap(0), GuestCommand.Inv(0, 0), GuestCommand.Mapc(0, 0));
        Assert.Empty(guest.TakeErrors());
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Configuration_outside_ram_keeps_the_one_in_force()
    {
        var guest = Mapped(Guest.EnabledAtA0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.OutsideRam | 15);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Run(GuestCommand.Inv(0, 0), GuestCommand.Invall(0));
        guest.Gicr(0).Write64(GicrOffset.Invlpir, 8192);
        guest.Gicr(0).Write64(GicrOffset.Invallr, 0);

        var events = guest.TakeEvents();
        Assert.Equal(5, events.Length);
        Assert.All(events, e => Assert.Equal(GicEventKind.ConfigurationUnreadable, e.Kind));
        Assert.All(events, e => Assert.Equal(8192u, e.Lpi.Value));
        guest.Signal(0, 0);
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Unreadable_part_of_the_table_does_not_hold_back_the_rest()
    {
        var guest = Mapped(Guest.DisabledAtA0);
        guest.Configure(8200, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Mapti(0, 1, 8200, 0));
        guest.Configure(8200, Guest.EnabledAtA0);
        guest.Memory.FaultReads(new(new(Places.ConfigurationByte(8192)), 1));
        guest.Run(GuestCommand.Invall(0));
        guest.Signal(0, 1);

        Assert.Equal(8192u, Assert.Single(guest.TakeEvents()).Lpi.Value);
        Assert.Equal([8200u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData(100UL)]
    [InlineData(8191UL)]
    [InlineData(65536UL)]
    [InlineData(0xFFFF_FFFFUL)]
    public void Invlpir_out_of_range_is_ignored(ulong intId)
    {
        var guest = Mapped(Guest.DisabledAtA0);
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Gicr(0).Write64(GicrOffset.Invlpir, intId);
        guest.Gicr(0).Write32(GicrOffset.Invlpir + 4, 0);
        Assert.Empty(guest.TakeEvents());
        guest.Gicr(0).Write64(GicrOffset.Invlpir, 8192);
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Theory]
    [InlineData(GicrOffset.Invlpir)]
    [InlineData(GicrOffset.Invallr)]
    public void Invalidation_registers_do_nothing_where_they_are_not_built(int offset)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile("qemu") });
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Map(0, 0, 8192);
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Gicr(0).Write64(offset, 8192);
        guest.Signal(0, 0);

        Assert.Empty(guest.Cpu(0).TakeAll());
        Assert.Equal(0UL, guest.Gicr(0).Read32(GicrOffset.Syncr));
    }

    [Fact]
    public void Low_bits_of_a_configuration_are_no_priority()
    {
        var guest = Mapped(0xFF);
        guest.Cpu(0).Write(SystemRegister.IccPmr, 0xF8);
        guest.Signal(0, 0);

        Assert.Equal(
            new PendingLpiSummary(new(8192), true, 0xFC), Assert.Single(guest.Gic.Inspection.PendingLpis(new(0))));
    }

    private static Guest Mapped(byte configuration)
    {
        var guest = Guest.Started();
        guest.Configure(8192, configuration);
        guest.Map(0, 0, 8192);
        return guest;
    }

    /// <summary>
    /// LPI 8192 in collection 0 on vCPU 0, LPI 8193 in collection 1 on vCPU 1, both read as disabled and enabled since.
    /// </summary>
    private static Guest TwoCollections()
    {
        var guest = Guest.Started();
        guest.Fill(Places.ConfigurationTable, 2, Guest.DisabledAtA0);
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 1, 8193, 1));
        guest.Fill(Places.ConfigurationTable, 2, Guest.EnabledAtA0);
        return guest;
    }

    private static void Invalidate(Guest guest, string way)
    {
        switch (way)
        {
            case "INV":
                guest.Run(GuestCommand.Inv(0, 0));
                break;
            case "INVALL":
                guest.Run(GuestCommand.Invall(0));
                break;
            case "INVLPIR":
                guest.Gicr(0).Write64(GicrOffset.Invlpir, 8192);
                break;
            case "INVALLR":
                guest.Gicr(0).Write64(GicrOffset.Invallr, 0);
                break;
            default:
                guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
                guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
                break;
        }
    }
}
