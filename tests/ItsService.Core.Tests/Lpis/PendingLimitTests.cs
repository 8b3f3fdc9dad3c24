using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Lpis;

/// <summary>
/// How many LPIs may be pending in a VM, which bounds what a guest makes the host spend. Whatever does not become
/// pending for it is told.
/// </summary>
public class PendingLimitTests
{
    private const int Limit = 3;

    [Fact]
    public void Message_beyond_the_limit_is_dropped_and_told_until_one_is_taken()
    {
        var guest = WithEvents();
        Fill(guest);

        Assert.Equal(
            new MsiResult(AccessStatus.Ok, MsiOutcome.DroppedPendingLimit, new IntId(8195), new VcpuIndex(1)),
            guest.Gic.SignalMsi(0, new DeviceId(0), new EventId(3)));
        Assert.True(new MsiResult(AccessStatus.Ok, MsiOutcome.DroppedPendingLimit).HasTarget);
        Assert.Equal(
            new GicEvent
            {
                Kind = GicEventKind.MsiDropped,
                Vcpu = new VcpuIndex(1),
                Event = new EventId(3),
                Lpi = new IntId(8195),
                Outcome = MsiOutcome.DroppedPendingLimit,
            },
            Assert.Single(guest.TakeEvents()));
        Assert.Equal(1, guest.Gic.Counters.Messages(MsiOutcome.DroppedPendingLimit));
        Assert.Equal(MsiOutcome.Coalesced, guest.Signal(0, 2));

        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 3));
        Assert.Equal([8195u], guest.PendingAt(1));
    }

    [Fact]
    public void Int_beyond_the_limit_is_no_error_and_told()
    {
        var guest = WithEvents();
        Fill(guest);

        guest.Run(GuestCommand.Int(0, 3));

        var told = Assert.Single(guest.TakeEvents());
        Assert.Equal((GicEventKind.MsiDropped, MsiOutcome.DroppedPendingLimit), (told.Kind, told.Outcome));
        Assert.Equal(1, guest.Gic.Counters.IntCommands(MsiOutcome.DroppedPendingLimit));
        Assert.Empty(guest.PendingAt(1));
    }

    [Fact]
    public void Setlpir_beyond_the_limit_is_told_and_takes_no_configuration_into_force()
    {
        var guest = WithEvents();
        Fill(guest);
        guest.Configure(8192, Guest.DisabledAtA0);

        guest.Gicr(2).Write64(GicrOffset.Setlpir, 8192); // it is pending at vCPU 0, and would be counted twice

        var told = Assert.Single(guest.TakeEvents());
        Assert.Equal((GicEventKind.DirectLpiDropped, MsiOutcome.DroppedPendingLimit), (told.Kind, told.Outcome));
        Assert.Equal(1, guest.Gic.Counters.DirectLpis(MsiOutcome.DroppedPendingLimit));
        Assert.Empty(guest.PendingAt(2));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Pending_table_becomes_pending_wholly_or_not_at_all(uint count, bool fits)
    {
        var guest = WithEvents();
        guest.Signal(0, 0);
        guest.Gicr(2).Write32(GicrOffset.Ctlr, 0);
        for (var lpi = 9000u; lpi < 9000 + count; lpi++)
        {
            guest.SetPendingBit(2, lpi);
        }

        guest.Gicr(2).Write32(GicrOffset.Ctlr, 1);

        Assert.Equal(1UL, guest.Gicr(2).Read32(GicrOffset.Ctlr) & 1);
        Assert.Equal(fits ? 2 : 0, guest.PendingAt(2).Length);
        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.Equal(fits ? 0 : count, guest.Gic.Counters.LostLpis);
        GicEvent[] told = fits ? [] :
        [
            new() { Kind = GicEventKind.PendingTableTooFull, Vcpu = new VcpuIndex(2), LpiCount = (int)count },
        ];
        Assert.Equal(told, guest.TakeEvents());
    }

    [Fact]
    public void Lpis_move_at_the_limit_and_those_that_meet_make_room()
    {
        var guest = WithEvents();
        Fill(guest);
        guest.Run(GuestCommand.Movall(0, 2), GuestCommand.Movall(2, 0));
        Assert.Equal([8192u, 8193u, 8194u], guest.PendingAt(0));

        guest.Gicr(0).Write64(GicrOffset.Clrlpir, 8194);
        guest.Gicr(2).Write64(GicrOffset.Setlpir, 8192);
        Assert.Equal(MsiOutcome.DroppedPendingLimit, guest.Signal(0, 3));
        guest.Run(GuestCommand.Movall(2, 0));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 3));
        Assert.Equal(MsiOutcome.DroppedPendingLimit, guest.Signal(0, 2));
    }

    [Fact]
    public void Reset_and_disabling_give_the_room_back()
    {
        var guest = WithEvents();
        Fill(guest);
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 0);
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 3));
        guest.Gicr(0).Write32(GicrOffset.Ctlr, 1);
        Assert.Equal(GicEventKind.PendingTableTooFull, Assert.Single(guest.TakeEvents()).Kind);

        guest.Fill(Places.PendingTable(0), 0x2000, 0);
        guest.Gic.Reset();
        guest.StartRedistributors();
        for (var lpi = 8200u; lpi < 8200 + Limit; lpi++)
        {
            guest.Gicr(3).Write64(GicrOffset.Setlpir, lpi);
        }

        Assert.Equal(Limit, guest.PendingAt(3).Length);
    }

    /// <summary>Events 0, 1 and 2 go to vCPU 0 and event 3 to vCPU 1.</summary>
    private static Guest WithEvents()
    {
        var guest = Guest.Started(new GuestOptions
        {
            PendingLpisMax = Limit,
            Profile = GicProfiles.Kvm with { DirectLpis = true },
        });
        guest.Map(0, 0, 8192);
        guest.Run(
            GuestCommand.Mapti(0, 1, 8193, 0), GuestCommand.Mapti(0, 2, 8194, 0),
            GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 3, 8195, 1));
        Assert.Empty(guest.TakeEvents());
        return guest;
    }

    private static void Fill(Guest guest)
    {
        for (var eventId = 0u; eventId < Limit; eventId++)
        {
            Assert.Equal(MsiOutcome.Pended, guest.Signal(0, eventId));
        }
    }
}
