using ItsService.Core.Events;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Hazards;

/// <summary>The tables that a redistributor uses are those of the moment when its LPIs were enabled.</summary>
public class ConfigurationTableLatchTests
{
    private const ulong SmallTable = Places.ConfigurationTable | 13;

    [Fact]
    public void Shrinking_a_shared_table_by_another_vcpu_loses_no_pending_lpi()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 60000);
        guest.Signal(0, 0);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, SmallTable);

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);

        Assert.Equal(1 << (60000 % 8), guest.ReadByte(Places.PendingByte(0, 60000)));
    }

    [Fact]
    public void An_enabled_redistributor_goes_on_with_the_table_it_had()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 60000);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(1).Write64(GicrOffset.Propbaser, SmallTable);

        guest.Signal(0, 0);

        Assert.Equal([60000u], guest.PendingAt(0));
    }

    [Fact]
    public void Pending_table_zero_speaks_of_one_enable_alone()
    {
        var guest = Guest.Started();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.PendingTable(0) | (1UL << 62));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);

        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Fact]
    public void An_lpi_whose_configuration_was_unreadable_when_it_was_adopted_is_enabled_by_invall()
    {
        var guest = Guest.Started();
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        guest.SetPendingBit(0, 9000);
        guest.Memory.FaultReads(new(new(Places.ConfigurationTable), 0x10000));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        Assert.Contains(guest.TakeEvents(), e => e.Kind == GicEventKind.ConfigurationUnreadable);
        Assert.Equal(1023u, guest.Cpu(0).Acknowledge());

        guest.Memory.Heal();
        guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Invall(0));

        Assert.Equal(9000u, guest.Cpu(0).Acknowledge());
    }
}
