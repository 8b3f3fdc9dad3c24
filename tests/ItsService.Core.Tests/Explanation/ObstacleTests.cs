using ItsService.Core.CpuInterface;
using ItsService.Core.Explanation;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Interrupts;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Explanation;

/// <summary>What holds an interrupt up first, where several things do or where it takes a special VM.</summary>
public class ObstacleTests
{
    private const uint Device = 5;
    private const uint Lpi = 8200;
    private const uint Spi = 40;

    [Fact]
    public void Pending_lpi_is_past_its_translation()
    {
        var guest = Mapped();
        guest.Signal(Device, 0);
        guest.Run(GuestCommand.MapcUnmap(0));
        guest.Disable();

        Assert.Equal(NonDelivery.LineRaised, Explain(guest).Reason);
        guest.Cpu(0).Acknowledge();
        Assert.Equal(NonDelivery.ItsDisabled, Explain(guest).Reason);
        guest.Enable();
        Assert.Equal(NonDelivery.CollectionUnmapped, Explain(guest).Reason);
    }

    [Fact]
    public void Obstacles_of_a_pending_lpi_are_found_from_its_configuration_to_its_line()
    {
        var guest = Mapped();
        guest.Cpu(0).MaskAll();
        guest.Gicd.Write32(0, 0);
        guest.Cpu(0).Write(SystemRegister.IccIgrpen1, 0);
        guest.Configure(Lpi, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Inv(Device, 0));
        guest.Signal(Device, 0);
        Assert.Equal(NonDelivery.Disabled, Explain(guest).Reason);

        guest.Configure(Lpi, Guest.EnabledAtA0);
        Assert.Equal(NonDelivery.InvalidateMissing, Explain(guest).Reason);

        guest.Run(GuestCommand.Inv(Device, 0));
        Assert.Equal(NonDelivery.GroupDisabledInDistributor, Explain(guest).Reason);

        guest.Gicd.Write32(0, 2);
        Assert.Equal(NonDelivery.GroupDisabledInCpuInterface, Explain(guest).Reason);

        guest.Cpu(0).Write(SystemRegister.IccIgrpen1, 1);
        Assert.Equal(NonDelivery.MaskedByPriorityMask, Explain(guest).Reason);

        guest.Cpu(0).Unmask();
        Assert.Equal(NonDelivery.LineRaised, Explain(guest).Reason);
    }

    [Fact]
    public void Configuration_that_was_never_read_is_not_the_same_as_a_disabled_one()
    {
        var profile = GicProfiles.Kvm with { MaptiNeedsConfiguration = false };
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Memory.FaultReads(new GuestRange(new GuestAddress(Places.ConfigurationByte(Lpi)), 1));
        guest.Run(GuestCommand.Mapd(Device, 16, Places.Itt(Device)), GuestCommand.Mapc(0, 0));
        guest.Run(GuestCommand.Mapti(Device, 0, Lpi, 0));
        guest.Signal(Device, 0);

        var unreadable = Explain(guest);
        guest.Memory.Heal();
        var readable = Explain(guest);

        Assert.Equal(NonDelivery.ConfigurationUnreadable, unreadable.Reason);
        Assert.Equal(MemoryStatus.Fault, unreadable.Configuration!.Value.MemoryStatus);
        Assert.Equal(NonDelivery.InvalidateMissing, readable.Reason);
        Assert.False(readable.Configuration!.Value.InForce.IsConfigurationKnown);
    }

    [Fact]
    public void Memory_that_is_not_there_is_asked_for()
    {
        var guest = Mapped();
        var place = new GuestRange(new GuestAddress(Places.ConfigurationByte(Lpi)), 1);
        guest.Memory.MakeAbsent(place);

        var waiting = Explain(guest);
        guest.Memory.Fetch(place);

        Assert.True(waiting.Missing!.Value.Overlaps(place));
        Assert.Equal(MemoryStatus.NotResident, waiting.Configuration!.Value.MemoryStatus);
        Assert.Null(Explain(guest).Missing);
    }

    [Fact]
    public void Vm_that_has_as_many_pending_as_it_may_drops_the_next()
    {
        var guest = Guest.Started(new GuestOptions { PendingLpisMax = 1 });
        guest.Map(Device, 0, Lpi);
        guest.Run(GuestCommand.Mapti(Device, 1, Lpi + 1, 0));
        guest.Signal(Device, 0);

        var explanation = guest.Gic.Inspection.Explain(0, new DeviceId(Device), new EventId(1));

        Assert.Equal(NonDelivery.PendingLimit, explanation.Reason);
    }

    [Fact]
    public void Direct_lpi_that_no_event_maps_is_explained_where_it_is_pending()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { DirectLpis = true } });
        guest.Gicr(2).Write64(GicrOffset.Setlpir, Lpi);

        var explanation = guest.Gic.Inspection.Explain(new IntId(Lpi))!;

        Assert.Equal(NonDelivery.LineRaised, explanation.Reason);
        Assert.Equal(2, explanation.Redistributor!.Value.Vcpu.Value);
        Assert.Null(explanation.Its);
    }

    [Fact]
    public void Spi_for_any_vcpu_has_the_first_that_could_take_it()
    {
        var guest = new InterruptGuest().With(Spi, isEdge: true);
        guest.Route(Spi, InterruptGuest.AnyVcpu);
        guest.SetPending(Spi);
        Assert.Equal((NonDelivery.LineRaised, 0), ReasonAndTarget(guest));

        guest.Cpu(0).MaskAll();
        Assert.Equal((NonDelivery.LineRaised, 1), ReasonAndTarget(guest));

        guest.Cpu(1).MaskAll();
        Assert.Equal((NonDelivery.MaskedByPriorityMask, 0), ReasonAndTarget(guest));

        guest.Guest.Gicr(0).Write32(GicrOffset.Waker, 2);
        guest.Guest.Gicr(1).Write32(GicrOffset.Waker, 2);
        Assert.Equal((NonDelivery.NoTarget, -1), ReasonAndTarget(guest));
    }

    [Fact]
    public void Interrupt_of_group_0_is_an_fiq()
    {
        var guest = new InterruptGuest().With(Spi, isGroup1: false, isEdge: true);
        guest.SetPending(Spi);
        var raised = guest.Gic.Inspection.Explain(new IntId(Spi))!;
        guest.Acknowledge0();

        Assert.Equal(NonDelivery.LineRaised, raised.Reason);
        Assert.True(raised.CpuInterface!.Value.Line.IsFiqAsserted);
        Assert.Equal(NonDelivery.Acknowledged, guest.Gic.Inspection.Explain(new IntId(Spi))!.Reason);
    }

    [Theory]
    [InlineData(1020)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(8191)]
    [InlineData(65536)]
    public void There_is_nothing_to_tell_of_an_intid_that_is_none(uint intId) =>
        Assert.Null(Guest.Started().Gic.Inspection.Explain(new IntId(intId)));

    private static (NonDelivery Reason, int Target) ReasonAndTarget(InterruptGuest guest)
    {
        var explanation = guest.Gic.Inspection.Explain(new IntId(Spi))!;
        return (explanation.Reason, explanation.Direct!.Value.Target?.Value ?? -1);
    }

    private static InterruptExplanation Explain(Guest guest) =>
        guest.Gic.Inspection.Explain(0, new DeviceId(Device), new EventId(0));

    private static Guest Mapped()
    {
        var guest = Guest.Started();
        guest.Map(Device, 0, Lpi);
        return guest;
    }
}
