using ItsService.Core.CpuInterface;
using ItsService.Core.GuestTables;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// What a guest can bring itself to and go on with can be moved by attributes, whether or not it makes sense; and what
/// would be lost is refused.
/// </summary>
public class UnusualGuestTests
{
    /// <summary>The LPI is mapped to a redistributor whose configuration table does not cover it.</summary>
    [Fact]
    public void LPI_that_its_redistributor_does_not_cover_is_moved()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 13);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Map(2, 20, 20000, 0, 0);

        AssertMoves(guest);
    }

    [Fact]
    public void LPI_that_a_configuration_table_covered_when_it_was_mapped_is_moved()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 40000, 0, 0);
        foreach (var vcpu in Enumerable.Range(0, 4))
        {
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
        }

        guest.Gicr(0).Write64(GicrOffset.Propbaser, 0);

        var copy = Moved(guest);
        Assert.Equal(40000U, Assert.Single(copy.Gic.Inspection.Events(0, new DeviceId(2))).Lpi.Value);
    }

    /// <summary>Nobody can know the LPI's configuration, so that it is pending and disabled.</summary>
    [Fact]
    public void Pending_LPI_that_nothing_maps_is_moved_without_its_configuration()
    {
        var guest = new Guest();
        guest.Gicd.Write32(0, 2);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, (Places.Rom + Places.RomBytes - 4096) | 15);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.PendingTable(0));
        guest.SetPendingBit(0, 40000);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        Assert.Equal([40000U], guest.PendingAt(0));

        Assert.Equal([40000U], Moved(guest).PendingAt(0));
    }

    [Fact]
    public void Pending_table_outside_RAM_that_no_LPI_needs_is_moved()
    {
        var guest = WithPendingTableAt(Places.OutsideRam);

        var copy = Moved(guest);

        Assert.True(copy.Gic.Inspection.Redistributor(new VcpuIndex(0)).AreLpisEnabled);
        Assert.Contains(copy.TakeEvents(), found => found.Kind == Events.GicEventKind.PendingTableUnreadable);
    }

    /// <summary>A bit that stays in memory would be pending again in the VM to which it is moved.</summary>
    [Fact]
    public void Pending_table_that_cannot_be_cleared_is_not_saved()
    {
        var guest = WithPendingTableAt(Places.Rom);
        guest.Gic.Pause();
        Assert.True(guest.Gic.Userspace.SavePendingTables().IsDone);

        guest.WriteByte(Places.Rom + 1025, 1);

        var problem = Assert.Single(guest.Gic.Userspace.SavePendingTables().Problems);
        Assert.Equal((RestoreProblemKind.NotInRam, "redistributor[0]"), (problem.Kind, problem.Path));
    }

    /// <summary>KVM reads and writes the byte of each mapped LPI.</summary>
    [Fact]
    public void Pending_table_outside_RAM_that_a_mapped_LPI_needs_is_refused()
    {
        var guest = WithPendingTableAt(Places.OutsideRam);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.PlaceTables();
        guest.Enable();
        guest.Map(2, 20, 8195, 0, 0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Gic.Pause();
        Assert.Equal("redistributor[0]", Assert.Single(guest.Gic.Userspace.SavePendingTables().Problems).Path);

        Assert.True(guest.Gic.Userspace.SaveTables(0).IsDone);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));

        Assert.Equal("redistributor[0]", Assert.Single(copy.Gic.Resume().Problems).Path);
    }

    /// <summary>
    /// GICR_PROPBASER is shared, and each vCPU goes by what it held when its LPIs were enabled: the width of its
    /// pending table with it.
    /// </summary>
    [Theory]
    [InlineData(0, 1, 2, 3)]
    [InlineData(3, 2, 1, 0)]
    public void Configuration_tables_in_use_that_differ_are_moved_with_what_is_pending(
        int first, int second, int third, int disabled)
    {
        var guest = new Guest();
        guest.Fill(Places.ConfigurationTable, 0xE000, Guest.EnabledAtA0);
        foreach (var (vcpu, bits) in new[] { (first, 13UL), (second, 15UL), (third, 14UL) })
        {
            guest.SetPendingBit(vcpu, 8200);
            guest.SetPendingBit(vcpu, 20000);
            guest.SetPendingBit(vcpu, 40000);
            guest.Gicr(vcpu).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | bits);
            guest.Gicr(vcpu).Write64(GicrOffset.Pendbaser, Places.PendingTable(vcpu));
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        }

        guest.Gicr(disabled).Write64(GicrOffset.Propbaser, Places.Scratch | 15);
        Assert.Equal([8200U], guest.PendingAt(first));
        Assert.Equal([8200U, 20000, 40000], guest.PendingAt(second));

        AssertMoves(guest);
    }

    /// <summary>
    /// Configurations of what is restored are read by the table in use, and not by the one that the shared register
    /// holds.
    /// </summary>
    [Fact]
    public void Configuration_table_of_another_vCPU_that_is_not_in_RAM_does_not_hinder_a_move()
    {
        var guest = new Guest();
        guest.Fill(Places.ConfigurationTable, 0xE000, Guest.EnabledAtA0);
        foreach (var (vcpu, table) in new[] { (0, Places.ConfigurationTable), (1, Places.OutsideRam) })
        {
            guest.Gicr(vcpu).Write64(GicrOffset.Propbaser, table | 15);
            guest.Gicr(vcpu).Write64(GicrOffset.Pendbaser, Places.PendingTable(vcpu));
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        }

        guest.PlaceTables(0);
        guest.Enable();
        guest.Map(2, 20, 8195, 0, 0);
        guest.Signal(2, 20);
        Assert.Equal([8195U], guest.PendingAt(0));

        AssertMoves(guest);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Value_in_use_and_value_of_the_register_may_both_be_written_back(int readAt)
    {
        var guest = new Guest();
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 15);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.PendingTable(0));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, Places.Scratch | 15);
        guest.Gic.Pause();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        port.WriteGicr64(0, GicrOffset.Propbaser, port.ReadGicr64(readAt, GicrOffset.Propbaser));
        port.Resume();

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    [Fact]
    public void PTZ_of_a_pending_table_in_use_says_nothing()
    {
        var guest = Guest.Started();
        guest.Gic.Pause();
        var before = guest.Gic.Persistence.Save();
        new AttributePort(guest).WriteGicr64(0, GicrOffset.Pendbaser, (1UL << 62) | Places.PendingTable(0));
        new AttributePort(guest).Resume();

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
    }

    /// <summary>The guest has it again when it clears CBPR.</summary>
    [Theory]
    [InlineData(SystemRegister.IccCtlr, SystemRegister.IccBpr1)]
    [InlineData(SystemRegister.IccBpr1, SystemRegister.IccCtlr)]
    public void Binary_point_that_CBPR_hides_is_moved_in_either_order(SystemRegister first, SystemRegister second)
    {
        var guest = new Guest();
        guest.Cpu(0).Write(SystemRegister.IccBpr1, 5);
        guest.Cpu(0).Write(SystemRegister.IccCtlr, 1);
        Assert.Equal(3UL, guest.Cpu(0).Read(SystemRegister.IccBpr1));
        guest.Gic.Pause();
        var copy = new Guest();
        copy.Gic.Pause();
        foreach (var register in new[] { first, second, first, second })
        {
            new AttributePort(copy).WriteCpu(0, register, new AttributePort(guest).ReadCpu(0, register));
        }

        new AttributePort(copy).Resume();

        Assert.Null(StateDifference.Between(guest.Gic.Persistence.Save(), copy.Gic.Persistence.Save()));
        copy.Cpu(0).Write(SystemRegister.IccCtlr, 0);
        Assert.Equal(5UL, copy.Cpu(0).Read(SystemRegister.IccBpr1));
    }

    /// <summary>However few events are kept for people to look at.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    public void Every_redistributor_whose_pending_table_is_missing_is_told(int eventsMax)
    {
        var guest = Guest.Started(new GuestOptions { EventsMax = eventsMax });
        guest.Run(GuestCommand.Mapd(1, 4, Places.Itt(1)));
        foreach (var vcpu in Enumerable.Range(0, 4))
        {
            guest.Run(
                GuestCommand.Mapc((uint)vcpu, (uint)vcpu),
                GuestCommand.Mapti(1, (uint)vcpu, 8192 + (uint)vcpu, (uint)vcpu));
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
        }

        guest.Gic.Pause();
        var port = new AttributePort(guest);
        foreach (var vcpu in Enumerable.Range(0, 4))
        {
            port.WriteGicr64(vcpu, GicrOffset.Pendbaser, Places.OutsideRam);
            port.WriteGicr(vcpu, GicrOffset.Ctlr, 1);
        }

        Assert.Equal(
            Enumerable.Range(0, 4).Select(vcpu => $"redistributor[{vcpu}]"),
            guest.Gic.Resume().Problems.Select(problem => problem.Path));
    }

    private static Guest WithPendingTableAt(ulong address)
    {
        var guest = new Guest();
        guest.Fill(Places.ConfigurationTable, 0xE000, Guest.EnabledAtA0);
        guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.ConfigurationTable | 15);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, address | (1UL << 62));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        return guest;
    }

    private static void AssertMoves(Guest guest)
    {
        var state = guest.Gic.Persistence.Save() with { FirstToStep = 0 };
        Assert.Null(StateDifference.Between(state, Moved(guest).Gic.Persistence.Save()));
    }

    private static Guest Moved(Guest guest)
    {
        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();
        return copy;
    }
}
