using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>How active interrupts end, and whose devices are told of it (redistributor-lpi 9.2).</summary>
public class DeactivationTests
{
    private const uint Ppi = 27;
    private const uint Spi = 45;

    [Fact]
    public void End_in_one_step_drops_the_priority_and_deactivates()
    {
        var guest = Active(Spi);
        guest.End(Spi);

        Assert.False(guest.IsActive(Spi));
        Assert.Equal(0xFFUL, guest.Cpu().RunningPriority);
    }

    [Fact]
    public void End_in_two_steps_drops_the_priority_first()
    {
        var guest = Active(Spi).With(46, priority: 0xC0);
        guest.EndsInTwoSteps();
        guest.SetPending(46);
        guest.SetPending(Spi);
        Assert.False(guest.Cpu().IsAsserted);
        guest.End(Spi);
        Assert.True(guest.IsActive(Spi));
        Assert.Equal(46u, guest.Acknowledge()); // the lower one comes; the active one does not, though it is pending
        guest.End(46);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
        guest.Deactivate(Spi);

        Assert.False(guest.IsActive(Spi));
        Assert.Equal(Spi, guest.Acknowledge());
    }

    [Fact]
    public void Deactivation_alone_leaves_the_running_priority()
    {
        var guest = Active(Spi);
        guest.EndsInTwoSteps();
        guest.Deactivate(Spi);

        Assert.False(guest.IsActive(Spi));
        Assert.Equal(0xA0UL, guest.Cpu().RunningPriority);
    }

    [Fact]
    public void Deactivation_is_ignored_where_the_end_does_it()
    {
        var guest = Active(Spi);
        guest.Deactivate(Spi);

        Assert.True(guest.IsActive(Spi));
        Assert.Equal(0xA0UL, guest.Cpu().RunningPriority);
    }

    [Fact]
    public void Spi_is_deactivated_by_another_vcpu()
    {
        var guest = Active(Spi);
        guest.EndsInTwoSteps(vcpu: 1);
        guest.Deactivate(Spi, vcpu: 1);

        Assert.False(guest.IsActive(Spi));
    }

    [Fact]
    public void Ppi_is_deactivated_by_its_own_vcpu_alone()
    {
        var guest = Active(Ppi);
        guest.EndsInTwoSteps(vcpu: 0);
        guest.EndsInTwoSteps(vcpu: 1);
        guest.Deactivate(Ppi, vcpu: 1);
        Assert.True(guest.IsActive(Ppi));
        guest.Deactivate(Ppi, vcpu: 0);

        Assert.False(guest.IsActive(Ppi));
    }

    [Fact]
    public void End_of_the_other_group_does_nothing()
    {
        var guest = Active(Spi);
        guest.End0(Spi);
        Assert.True(guest.IsActive(Spi));
        Assert.Equal(0xA0UL, guest.Cpu().RunningPriority);
        guest.End(Spi);

        var group0 = new InterruptGuest().With(Spi, isGroup1: false);
        group0.SetPending(Spi);
        Assert.Equal(Spi, group0.Acknowledge0());
        group0.End(Spi);
        Assert.True(group0.IsActive(Spi));
        group0.End0(Spi);
        Assert.False(group0.IsActive(Spi));
    }

    [Theory]
    [InlineData(1020u)]
    [InlineData(1021u)]
    [InlineData(1022u)]
    [InlineData(1023u)]
    public void End_of_a_special_intid_does_nothing(uint special)
    {
        var guest = Active(Spi);
        guest.End(special);

        Assert.True(guest.IsActive(Spi));
        Assert.Equal(0xA0UL, guest.Cpu().RunningPriority);
    }

    [Fact]
    public void Lpi_has_nothing_to_deactivate()
    {
        var guest = new InterruptGuest();
        guest.EndsInTwoSteps();
        guest.Deactivate(8192);
        guest.Deactivate(0xFF_FFFF);

        Assert.Equal(0xFFUL, guest.Cpu().RunningPriority);
    }

    [Theory]
    [InlineData(Ppi)]
    [InlineData(Spi)]
    public void Active_state_set_by_software_keeps_it_from_being_taken(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.SetActive(intId);
        guest.SetPending(intId);
        Assert.True(guest.IsActive(intId));
        Assert.False(guest.Cpu().IsAsserted);
        Assert.Equal(InterruptGuest.Spurious, guest.Cpu().HighestPending);
        guest.ClearActive(intId);

        Assert.True(guest.Cpu().IsAsserted);
        Assert.Equal(intId, guest.Acknowledge());
    }

    public static TheoryData<string, uint, bool, bool, bool> Ends => new()
    {
        // how it ends, whose, by edge, asked for, told
        { "EOIR", Spi, false, true, true },
        { "EOIR", Ppi, false, true, true },
        { "DIR", Spi, false, true, true },
        { "DIR", Ppi, false, true, true },
        { "EOIR", Spi, true, true, false },
        { "DIR", Ppi, true, true, false },
        { "EOIR", Spi, false, false, false },
        { "DIR", Ppi, false, false, false },
        { "EOIR of two steps", Spi, false, true, false },
        { "ICACTIVER", Spi, false, true, false },
        { "ICACTIVER", Ppi, false, true, false },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Device_is_told_of_the_end_that_it_asked_for(
        string how, uint intId, bool isEdge, bool asked, bool told)
    {
        var guest = new InterruptGuest(vcpuCount: 3).With(intId, isEdge: isEdge, vcpu: 0);
        guest.Level(intId, true, notify: asked);
        Assert.Equal(intId, guest.Acknowledge());
        Assert.Empty(guest.Ended());
        if (how != "EOIR")
        {
            guest.EndsInTwoSteps();
        }

        switch (how)
        {
            case "ICACTIVER":
                guest.ClearActive(intId);
                break;
            case "DIR":
                guest.End(intId);
                Assert.Empty(guest.Ended());
                guest.Deactivate(intId);
                break;
            default:
                guest.End(intId);
                break;
        }

        VcpuIndex? whose = intId < 32 ? new VcpuIndex(0) : null;
        Assert.Equal(told ? [new Deactivation(new IntId(intId), whose)] : [], guest.Ended());
        Assert.Empty(guest.Ended());
    }

    [Fact]
    public void Many_ends_between_two_looks_are_told_once()
    {
        var guest = new InterruptGuest().With(Spi);
        guest.Level(Spi, true, notify: true);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(Spi, guest.Acknowledge());
            guest.End(Spi);
        }

        Assert.Single(guest.Ended());
    }

    [Fact]
    public void End_of_what_is_not_active_tells_nobody()
    {
        var guest = new InterruptGuest().With(Spi).With(46);
        guest.Level(Spi, true, notify: true);
        guest.SetPending(46);
        guest.Disable(Spi);
        Assert.Equal(46u, guest.Acknowledge());
        guest.End(Spi);

        Assert.Empty(guest.Ended());
    }

    [Fact]
    public void Request_lasts_until_the_line_is_moved_without_it()
    {
        var guest = new InterruptGuest().With(Spi);
        guest.Level(Spi, true, notify: true);
        guest.Level(Spi, true);
        guest.Acknowledge();
        guest.End(Spi);

        Assert.Empty(guest.Ended());
    }

    [Fact]
    public void Ends_are_each_vcpus_own_for_ppis()
    {
        var guest = new InterruptGuest(vcpuCount: 3);
        for (var vcpu = 0; vcpu < 3; vcpu++)
        {
            guest.With(Ppi, vcpu: vcpu);
            guest.Level(Ppi, true, vcpu, notify: true);
            guest.Acknowledge(vcpu);
        }

        guest.End(Ppi, 2);
        guest.End(Ppi, 0);
        Assert.Equal(
            [new VcpuIndex(0), new VcpuIndex(2)],
            guest.Ended().Select(end => end.Vcpu!.Value).OrderBy(vcpu => vcpu.Value));
    }

    private static InterruptGuest Active(uint intId)
    {
        var guest = new InterruptGuest().With(intId);
        guest.SetPending(intId);
        Assert.Equal(intId, guest.Acknowledge());
        return guest;
    }
}
