using ItsService.Core.CpuInterface;
using ItsService.Core.Events;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// An LPI that comes to another redistributor comes with its configuration as that one reads it: a change that was made
/// before LPIs were enabled there must be seen there (decision 0002).
/// </summary>
public class ArrivingLpiTests
{
    private static readonly GicProfile Direct = GicProfiles.Kvm with { DirectLpis = true };

    public static TheoryData<string> Profiles => ["kvm", "qemu"];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Change_before_EnableLPIs_is_seen_by_events_whose_collection_is_mapped_after_it(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named(profile), VcpuCount = 1 });
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Mapd(0, 4, Places.Itt(0)), GuestCommand.Mapti(0, 0, 8192, 0));
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Sync(0), GuestCommand.Int(0, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Another_table_at_EnableLPIs_counts_for_events_whose_collection_is_mapped_after_it(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named(profile), VcpuCount = 1 });
        guest.Run(GuestCommand.Mapd(0, 4, Places.Itt(0)), GuestCommand.Mapti(0, 0, 8192, 0));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.Scratch | 15); // zeros: every LPI disabled
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Sync(0), GuestCommand.Int(0, 0));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void MOVI_to_a_redistributor_that_was_enabled_after_a_change(string profile)
    {
        var guest = ChangedBeforeEnableOf1(profile);
        guest.Run(GuestCommand.Movi(0, 0, 1), GuestCommand.Sync(1), GuestCommand.Int(0, 0));

        Assert.Equal(8192u, guest.Cpu(1).Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void MAPC_to_a_redistributor_that_was_enabled_after_a_change(string profile)
    {
        var guest = ChangedBeforeEnableOf1(profile);
        guest.Run(GuestCommand.Mapc(0, 1), GuestCommand.Sync(1), GuestCommand.Int(0, 0));

        Assert.Equal(8192u, guest.Cpu(1).Acknowledge());
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void MOVALL_to_a_redistributor_that_was_enabled_after_a_change(string profile)
    {
        var guest = ChangedBeforeEnableOf1(profile);
        guest.Run(GuestCommand.Int(0, 0), GuestCommand.Movall(0, 1), GuestCommand.Sync(1));

        Assert.Equal(8192u, guest.Cpu(1).Acknowledge());
    }

    [Fact]
    public void MAPC_to_the_same_target_reads_nothing()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Movi(0, 0, 0), GuestCommand.Int(0, 0));

        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void Redistributors_that_do_not_share_a_table_each_count_by_their_own()
    {
        var guest = new Guest(new GuestOptions { Profile = GicProfiles.Qemu, VcpuCount = 2 });
        guest.Gicd.Write32(0, 2);
        guest.Fill(Places.ConfigurationTable, 0xE000, Guest.EnabledAtA0);
        guest.Fill(Places.Scratch, 0xE000, Guest.DisabledAtA0);
        StartRedistributor(guest, 0, Places.Scratch);
        StartRedistributor(guest, 1, Places.ConfigurationTable);
        guest.PlaceTables();
        guest.Enable();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapc(1, 1), GuestCommand.Movi(0, 0, 1), GuestCommand.Sync(1), GuestCommand.Int(0, 0));

        Assert.Equal(8192u, guest.Cpu(1).Acknowledge());
        guest.Run(GuestCommand.Movi(0, 0, 0), GuestCommand.Int(0, 0));
        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void SETLPIR_of_an_unreadable_configuration_is_reached_by_INVALLR()
    {
        var guest = Guest.Started(new GuestOptions { Profile = Direct });
        guest.Memory.FaultReads(new(new(Places.ConfigurationTable), 0x1_0000));
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);
        Assert.Equal([9000u], guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());

        guest.Memory.Heal();
        guest.Gicr(0).Write64(GicrOffset.Invallr, 0);

        Assert.Equal(9000u, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void SETLPIR_after_EnableLPIs_reads_the_byte_as_it_is_then()
    {
        var guest = Guest.Started(new GuestOptions { Profile = Direct });
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);
        Assert.Equal(9000u, guest.Cpu(0).Acknowledge());
        guest.Cpu(0).End(9000);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Configure(9000, Guest.DisabledAtA0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal([9000u], guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void SETLPIR_of_an_lpi_that_was_discarded_reads_its_byte(int formerTarget)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Direct });
        guest.Map(0, 0, 9000, collection: 1, cpu: (uint)formerTarget);
        guest.Run(GuestCommand.Discard(0, 0));
        guest.Configure(9000, Guest.DisabledAtA0);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal([9000u], guest.PendingAt(0));
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void SETLPIR_of_an_lpi_that_is_this_redistributors_goes_by_what_was_read()
    {
        var guest = Guest.Started(new GuestOptions { Profile = Direct });
        guest.Map(0, 0, 9000);
        guest.Configure(9000, Guest.DisabledAtA0);
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal(9000u, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void INVALL_accuses_nobody_of_an_lpi_that_is_pending_elsewhere()
    {
        var guest = new Guest(new GuestOptions { Profile = GicProfiles.Qemu, VcpuCount = 2 });
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Enable();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 13);
        guest.SetPendingBit(0, 40_000);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 1);
        guest.TakeEvents();
        guest.Run(GuestCommand.Mapc(1, 1), GuestCommand.Invall(1));

        Assert.Empty(guest.TakeEvents());
    }

    [Fact]
    public void Unreadable_byte_of_an_lpi_that_comes_by_SETLPIR_is_told()
    {
        var guest = Guest.Started(new GuestOptions { Profile = Direct });
        guest.Memory.FaultReads(new(new(Places.ConfigurationTable), 0x1_0000));
        guest.Gicr(0).Write64(GicrOffset.Setlpir, 9000);

        Assert.Equal(GicEventKind.ConfigurationUnreadable, Assert.Single(guest.TakeEvents()).Kind);
    }

    /// <summary>
    /// An event of vCPU 0 whose LPI was disabled when it was read and is enabled in memory since; then LPIs of vCPU 1
    /// were enabled.
    /// </summary>
    private static Guest ChangedBeforeEnableOf1(string profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named(profile), VcpuCount = 2 });
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Configure(8192, Guest.DisabledAtA0);
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapc(1, 1));
        guest.Configure(8192, Guest.EnabledAtA0);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 1);
        return guest;
    }

    private static GicProfile Named(string profile) => profile == "kvm" ? GicProfiles.Kvm : GicProfiles.Qemu;

    private static void StartRedistributor(Guest guest, int vcpu, ulong table)
    {
        guest.Gicr(vcpu).Write64(GicrOffset.Propbaser, table | 15);
        guest.Gicr(vcpu).Write64(GicrOffset.Pendbaser, Places.PendingTable(vcpu));
        guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        guest.Cpu(vcpu).Write(SystemRegister.IccIgrpen1, 1);
        guest.Cpu(vcpu).Unmask();
    }
}
