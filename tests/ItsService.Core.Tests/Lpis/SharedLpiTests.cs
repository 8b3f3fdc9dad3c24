using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// LPIs that software should not have: mapped by several events, or pending at several redistributors. And those of
/// which nothing is left, which are forgotten.
/// </summary>
public class SharedLpiTests
{
    [Fact]
    public void Lpi_of_two_events_is_known_until_both_are_gone()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Map(1, 0, 8192);
        guest.Map(2, 0, 8192);
        guest.Run(GuestCommand.Discard(1, 0), GuestCommand.MapdUnmap(0), GuestCommand.Int(2, 0));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        guest.Cpu(0).End(8192);

        // The byte that was read at the mapping still counts; after the last event is gone it does not.
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Int(2, 0));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        guest.Cpu(0).End(8192);
        guest.Run(GuestCommand.Discard(2, 0));
        guest.Map(2, 0, 8192);
        guest.Run(GuestCommand.Int(2, 0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void Event_that_gets_another_lpi_lets_the_first_go()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Int(0, 0), GuestCommand.Mapti(0, 0, 8193, 0), GuestCommand.Mapc(0, 1));

        // In the kvm profile MAPC takes along what the collection's events have pending: 8192 is no event's any more.
        Assert.Equal([8192u], guest.PendingAt(0));
        guest.Run(GuestCommand.Int(0, 0));
        Assert.Equal([8193u], guest.PendingAt(1));
    }

    [Fact]
    public void Change_reaches_an_lpi_wherever_it_is_pending()
    {
        var guest = PendingAt([0, 2, 3]);
        guest.Configure(8192, 0x41);
        guest.Run(GuestCommand.Inv(0, 0));
        foreach (var vcpu in new[] { 0, 2, 3 })
        {
            guest.Cpu(vcpu).Mask(0x48);
            Assert.True(guest.Cpu(vcpu).IsAsserted);
        }

        Assert.Equal(8192u, guest.Cpu(2).Acknowledge());
        guest.Configure(8192, 0x40);
        guest.Run(GuestCommand.Inv(0, 0));
        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.False(guest.Cpu(3).IsAsserted);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Configure(8192, 0x41);
        guest.Run(GuestCommand.Inv(0, 0));
        Assert.Equal(8192u, guest.Cpu(3).Acknowledge());
    }

    [Fact]
    public void Instances_that_meet_become_one()
    {
        var guest = PendingAt([0, 1]);
        guest.Run(GuestCommand.Movall(1, 0));
        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Empty(guest.PendingAt(1));

        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Inv(0, 0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Run(GuestCommand.Inv(0, 0));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Empty(guest.PendingAt(0));
    }

    [Fact]
    public void MAPC_takes_no_lpi_along_whose_device_was_unmapped()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 9000);
        guest.Run(GuestCommand.Int(0, 0), GuestCommand.MapdUnmap(0), GuestCommand.Mapc(0, 1));

        Assert.Equal([9000u], guest.PendingAt(0));
        Assert.Equal(9000u, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void MAPC_takes_no_lpi_along_that_SETLPIR_made_pending()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { DirectLpis = true } });
        guest.Map(0, 0, 9000);
        guest.Run(GuestCommand.Discard(0, 0));
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);
        guest.Run(GuestCommand.Mapc(0, 1));

        Assert.Equal([9000u], guest.PendingAt(0));
    }

    [Fact]
    public void MOVALL_keeps_the_configuration_of_an_lpi_that_no_event_maps()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 9000);
        guest.Run(GuestCommand.Int(0, 0), GuestCommand.MapdUnmap(0), GuestCommand.Movall(0, 1));

        Assert.Equal(9000u, guest.Cpu(1).Acknowledge());
    }

    [Fact]
    public void INVLPIR_of_an_lpi_that_is_nowhere_is_not_remembered()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Kvm with { DirectLpis = true } });
        guest.Gicr(0).Write64(GicrOffset.Invlpir, 9000);
        guest.Configure(9000, Guest.DisabledAtA0);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal([9000u], guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    /// <summary>LPI 8192, left pending at each of these vCPUs, as MAPC V=0 and V=1 leave it.</summary>
    private static Guest PendingAt(int[] vcpus)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        foreach (var vcpu in vcpus)
        {
            guest.Run(GuestCommand.MapcUnmap(0), GuestCommand.Mapc(0, (uint)vcpu), GuestCommand.Int(0, 0));
        }

        Assert.All(vcpus, vcpu => Assert.Equal([8192u], guest.PendingAt(vcpu)));
        return guest;
    }
}
