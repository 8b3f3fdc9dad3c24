using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// GICR_CTLR, PROPBASER, PENDBASER, WAKER, SETLPIR and CLRLPIR (redistributor-lpi sections 2, 3, 5 and 12).
/// </summary>
public class RedistributorRegisterTests
{
    [Theory]
    [InlineData("kvm", GicrOffset.Propbaser, 0x000F_FFFF_FFFF_FF9F)]
    [InlineData("kvm", GicrOffset.Pendbaser, 0x000F_FFFF_FFFF_0F80)]
    [InlineData("qemu", GicrOffset.Propbaser, 0x070F_FFFF_FFFF_FF9F)]
    [InlineData("qemu", GicrOffset.Pendbaser, 0x070F_FFFF_FFFF_0F80)]
    public void Reserved_bits_of_the_base_registers_read_zero(string profile, int offset, ulong stored)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Gicr(0).Write64(offset, ulong.MaxValue);

        Assert.Equal(stored, guest.Gicr(0).Read64(offset));
    }

    [Theory]
    [InlineData(0x0000_0000_4000_080F, 0x0000_0000_4000_058F)] // Shareability 2 and InnerCache 0
    [InlineData(0x0100_0000_4000_0C8F, 0x0100_0000_4000_0D8F)] // OuterCache 1 and Shareability 3 stay, InnerCache 1
    [InlineData(0x0200_0000_4000_038F, 0x0000_0000_4000_038F)] // OuterCache 2; InnerCache 7 stays
    public void Kvm_takes_coherent_attributes_alone(ulong written, ulong stored)
    {
        var guest = new Guest();
        guest.Gicr(0).Write64(GicrOffset.Propbaser, written);

        Assert.Equal(stored, guest.Gicr(0).Read64(GicrOffset.Propbaser));
    }

    [Theory]
    [InlineData("kvm", true)]
    [InlineData("qemu", false)]
    public void Propbaser_is_shared_in_kvm_and_private_in_qemu(string profile, bool isShared)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Gicr(2).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 0x58F);

        foreach (var vcpu in new[] { 0, 1, 3 })
        {
            Assert.Equal(
                isShared, guest.Gicr(vcpu).Read64(GicrOffset.Propbaser) == (Places.ConfigurationTable | 0x58F));
        }
    }

    [Fact]
    public void Pendbaser_is_private()
    {
        var guest = new Guest();
        guest.Gicr(2).Write64(GicrOffset.Pendbaser, Places.PendingTable(2) | 0x580);

        Assert.Equal(Places.PendingTable(2) | 0x580, guest.Gicr(2).Read64(GicrOffset.Pendbaser));
        Assert.Equal(0x580UL, guest.Gicr(0).Read64(GicrOffset.Pendbaser));
    }

    [Theory]
    [InlineData(GicrOffset.Propbaser)]
    [InlineData(GicrOffset.Pendbaser)]
    public void Base_register_is_frozen_while_its_own_lpis_are_enabled(int offset)
    {
        var guest = Guest.Started();
        var before = guest.Gicr(1).Read64(offset);
        guest.Gicr(1).Write64(offset, Places.Scratch | 13);
        guest.Gicr(1).Write32(offset, 0);

        Assert.Equal(before, guest.Gicr(1).Read64(offset));
    }

    [Fact]
    public void Propbaser_can_be_written_where_lpis_are_disabled()
    {
        var guest = new Guest();
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 1);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.Scratch | 0x58D);

        Assert.Equal(Places.Scratch | 0x58D, guest.Gicr(1).Read64(GicrOffset.Propbaser));
    }

    [Theory]
    [InlineData("kvm", 0x6UL)]
    [InlineData("qemu", 0x2UL)]
    public void Ctlr_keeps_enable_alone(string profile, ulong fixedBits)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Gicr(0).Write32(GicrOffset.Ctlr, uint.MaxValue);
        Assert.Equal(fixedBits | 1, guest.Gicr(0).Read32(GicrOffset.Ctlr));

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0xFFFF_FFFE);
        Assert.Equal(fixedBits, guest.Gicr(0).Read32(GicrOffset.Ctlr));
    }

    [Fact]
    public void Waker_reads_zero_in_kvm_and_follows_processor_sleep_in_qemu()
    {
        var kvm = new Guest().Gicr(0);
        kvm.Write32(GicrOffset.Waker, 2);
        Assert.Equal(0UL, kvm.Read32(GicrOffset.Waker));

        var qemu = new Guest(new GuestOptions { Profile = GicProfiles.Qemu }).Gicr(0);
        qemu.Write32(GicrOffset.Waker, 0);
        Assert.Equal(0UL, qemu.Read32(GicrOffset.Waker));
        qemu.Write32(GicrOffset.Waker, 2);
        Assert.Equal(6UL, qemu.Read32(GicrOffset.Waker));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Direct_lpi_registers_do_nothing_where_they_are_not_built(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
        guest.Map(0, 0, 8192);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 8192);
        Assert.Empty(guest.PendingAt(0));

        guest.Signal(0, 0);
        guest.Gicr(0).Write64(GicrOffset.Clrlpir, 8192);
        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Equal(0UL, guest.Gicr(0).Read64(GicrOffset.Typer) & 8);
    }

    [Fact]
    public void Setlpir_and_clrlpir_pend_and_clear_where_they_are_built()
    {
        var guest = WithDirectLpis();
        var cleared = guest.Gic.Counters.ClearedLpis;
        guest.Gicr(2).Write64(GicrOffset.Setlpir, 8192);
        guest.Gicr(2).Write32(GicrOffset.Setlpir, 8193);
        guest.Gicr(2).Write64(GicrOffset.Clrlpir, 8192);

        Assert.Equal(8UL, guest.Gicr(2).Read64(GicrOffset.Typer) & 8);
        Assert.Equal(cleared + 1, guest.Gic.Counters.ClearedLpis);
        Assert.Equal([8193u], guest.PendingAt(2));
        Assert.Equal([8193u], guest.Cpu(2).TakeAll());
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(100u)]
    [InlineData(8191u)]
    [InlineData(65536u)]
    [InlineData(uint.MaxValue)]
    public void Setlpir_out_of_range_is_dropped_counted_and_told(uint intId)
    {
        var guest = WithDirectLpis();
        guest.Gicr(1).Write64(GicrOffset.Setlpir, intId);

        Assert.Empty(guest.PendingAt(1));
        Assert.Equal(Dropped(1, intId, MsiOutcome.DroppedIntIdOutOfRange), Assert.Single(guest.TakeEvents()));
        Assert.Equal(1, guest.Gic.Counters.DirectLpis(MsiOutcome.DroppedIntIdOutOfRange));
    }

    [Theory]
    [InlineData(8192u)]
    [InlineData(100u)]
    public void Setlpir_while_lpis_are_disabled_is_dropped_counted_and_told(uint intId)
    {
        var guest = WithDirectLpis();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, intId);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal(Dropped(0, intId, MsiOutcome.DroppedLpisDisabled), Assert.Single(guest.TakeEvents()));
        Assert.Equal(1, guest.Gic.Counters.DirectLpis(MsiOutcome.DroppedLpisDisabled));
    }

    [Fact]
    public void Direct_lpis_that_are_taken_are_counted_and_not_told()
    {
        var guest = WithDirectLpis();
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 8192);
        guest.Gicr(0).Write32(GicrOffset.Setlpir, 8192);
        guest.Gicr(0).Write32(GicrOffset.Setlpir + 4, 8192); // the upper half alone names none
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 0);

        Assert.Empty(guest.TakeEvents());
        Assert.Equal(1, guest.Gic.Counters.DirectLpis(MsiOutcome.Pended));
        Assert.Equal(1, guest.Gic.Counters.DirectLpis(MsiOutcome.Coalesced));
        Assert.Equal(2, Enum.GetValues<MsiOutcome>().Sum(guest.Gic.Counters.DirectLpis));
        Assert.Equal(0, Enum.GetValues<MsiOutcome>().Sum(guest.Gic.Counters.Messages));
    }

    [Fact]
    public void Direct_lpi_that_waits_for_its_configuration_is_counted_once()
    {
        var guest = WithDirectLpis();
        guest.Memory.MakeAbsent(new(new(Places.ConfigurationByte(9000)), 1));
        var waiting = guest.Gicr(0).TryWrite(GicrOffset.Setlpir, 8, 9000);
        Assert.Equal(AccessStatus.NotResident, waiting.Status);
        Assert.Equal(0, Enum.GetValues<MsiOutcome>().Sum(guest.Gic.Counters.DirectLpis));

        guest.Memory.Fetch(waiting.Missing);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal(1, Enum.GetValues<MsiOutcome>().Sum(guest.Gic.Counters.DirectLpis));
        Assert.Equal([9000u], guest.PendingAt(0));
    }

    [Theory]
    [InlineData(GicrOffset.Invlpir)]
    [InlineData(GicrOffset.Invallr)]
    public void Direct_lpi_that_no_event_maps_follows_its_configuration(int invalidate)
    {
        var guest = WithDirectLpis();
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Gicr(2).Write64(GicrOffset.Setlpir, 8192);
        Assert.Empty(guest.Cpu(2).TakeAll());

        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Gicr(2).Write64(invalidate, 8192);
        Assert.Equal([8192u], guest.Cpu(2).TakeAll());

        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Gicr(2).Write64(invalidate, 8192);
        guest.Gicr(2).Write64(GicrOffset.Setlpir, 8192);
        Assert.Empty(guest.Cpu(2).TakeAll());
    }

    [Theory]
    [InlineData(GicrOffset.Invlpir)]
    [InlineData(GicrOffset.Invallr)]
    public void Direct_lpi_whose_configuration_could_not_be_read_is_delivered_once_it_is(int invalidate)
    {
        var guest = WithDirectLpis();
        guest.Memory.FaultReads(new(new(Places.ConfigurationByte(8192)), 1));
        guest.Gicr(2).Write64(GicrOffset.Setlpir, 8192);
        Assert.Equal([8192u], guest.PendingAt(2));
        Assert.Empty(guest.Cpu(2).TakeAll());

        guest.Memory.Heal();
        guest.Gicr(2).Write64(invalidate, 8192);
        Assert.Equal([8192u], guest.Cpu(2).TakeAll());
    }

    [Fact]
    public void Lpi_out_of_range_of_the_target_is_dropped()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 60_000);
        for (var vcpu = 0; vcpu < 4; vcpu++)
        {
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
        }

        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 14);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal(MsiOutcome.DroppedIntIdOutOfRange, guest.Signal(0, 0));
    }

    private static Guest WithDirectLpis() =>
        Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { DirectLpis = true } });

    private static GicEvent Dropped(int vcpu, uint intId, MsiOutcome outcome) => new()
    {
        Kind = GicEventKind.DirectLpiDropped,
        Vcpu = new VcpuIndex(vcpu),
        Lpi = new IntId(intId),
        Outcome = outcome,
    };
}
