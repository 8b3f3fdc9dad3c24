using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>A controller in the midst of its work that is saved, restored elsewhere, or reset.</summary>
public class ContinuationTests
{
    [Fact]
    public void Restored_controller_goes_on_where_the_saved_one_was()
    {
        var donor = Busy();
        var heir = new InterruptGuest(vcpuCount: 3, ram: donor.Guest.Ram);
        Assert.Empty(heir.Gic.Persistence.Restore(donor.Gic.Persistence.Save()));
        var (ofDonor, ofHeir) = (WorkOff(donor), WorkOff(heir));

        Assert.Equal(ofDonor, ofHeir);
        Assert.Contains("0 takes 3 of group 1", ofHeir);
        Assert.Contains("1 takes 45 of group 0", ofHeir);
        Assert.Contains("0 takes 46 of group 1", ofHeir);
        Assert.Equal(Snapshot.Of(donor.Guest), Snapshot.Of(heir.Guest));
    }

    [Fact]
    public void Saved_and_restored_state_is_the_same()
    {
        var donor = Busy();
        var heir = new InterruptGuest(vcpuCount: 3, ram: donor.Guest.Ram);
        Assert.Empty(heir.Gic.Persistence.Restore(donor.Gic.Persistence.Save()));
        // Reads that take nothing: what can be taken is masked.
        for (var vcpu = 0; vcpu < 3; vcpu++)
        {
            donor.Cpu(vcpu).MaskAll();
            heir.Cpu(vcpu).MaskAll();
        }

        Assert.Equal(Snapshot.Of(donor.Guest), Snapshot.Of(heir.Guest));
    }

    [Fact]
    public void Line_that_was_high_falls_after_the_restore()
    {
        var donor = new InterruptGuest().With(45);
        donor.Level(45, true, notify: true);
        Assert.Equal(45u, donor.Acknowledge());
        var heir = new InterruptGuest(ram: donor.Guest.Ram);
        Assert.Empty(heir.Gic.Persistence.Restore(donor.Gic.Persistence.Save()));
        heir.End(45);
        Assert.Single(heir.Ended());
        Assert.Equal([0], heir.Signalled());
        heir.Level(45, false);

        Assert.Empty(heir.Signalled());
    }

    [Fact]
    public void Reset_forgets_everything()
    {
        var guest = Busy();
        guest.Gic.Reset();

        Assert.Empty(guest.Signalled());
        Assert.Empty(guest.Ended());
        Assert.Equal(
            Snapshot.Of(new Guest(guest.Guest.Options)).Where(line => !line.Contains("asserted")),
            Snapshot.Of(guest.Guest).Where(line => !line.Contains("asserted")));
        Assert.All(Enumerable.Range(0, 32), bank =>
        {
            Assert.Equal(0UL, guest.Guest.Gicd.Read32(0x200 + (4 * bank)));
            Assert.Equal(0UL, guest.Guest.Gicd.Read32(0x300 + (4 * bank)));
        });
        Assert.Equal(0UL, guest.RouteOf(45));
    }

    [Fact]
    public void Line_changed_by_a_reset_is_told()
    {
        var guest = new InterruptGuest().With(45);
        guest.Level(45, true);
        var lines = new List<VcpuLine>();
        guest.Gic.DrainChangedLines(lines);
        Assert.True(Assert.Single(lines, line => line.Vcpu.Value == 0).IsAsserted);
        lines.Clear();
        guest.Gic.Reset();
        guest.Gic.DrainChangedLines(lines);

        Assert.False(Assert.Single(lines).IsAsserted);
    }

    /// <summary>SGIs, PPIs and SPIs of both groups, active, pending, both, and routed to any.</summary>
    private static InterruptGuest Busy()
    {
        var guest = new InterruptGuest(vcpuCount: 3)
            .With(3, 0x20).With(3, 0x80, vcpu: 1).With(27, 0x60).With(28, 0x40, isGroup1: false, vcpu: 1)
            .With(45, 0x30, isGroup1: false).With(46, 0x90).With(47, 0x50, isEdge: true).With(48, 0xB0);
        guest.Route(45, 1);
        guest.Route(48, InterruptGuest.AnyVcpu);
        guest.Level(27, true, notify: true);
        Assert.Equal(27u, guest.Acknowledge());
        guest.Level(28, true, vcpu: 1);
        Assert.Equal(28u, guest.Acknowledge0(1));
        guest.Level(47, true);
        Assert.Equal(47u, guest.Acknowledge());
        guest.Level(47, false);
        guest.Level(47, true); // active and pending
        guest.Level(45, true);
        guest.SetPending(46);
        guest.SetPending(48);
        guest.Cpu(0).Write(SystemRegister.IccSgi1R, (3 << 24) | 3);
        guest.EndsInTwoSteps(2);
        return guest;
    }

    /// <summary>Everything is taken and ended, with the running priorities told in between.</summary>
    private static List<string> WorkOff(InterruptGuest guest)
    {
        var told = new List<string>();
        guest.End(47);
        guest.End(27);
        guest.Level(27, false);
        for (var round = 0; round < 4; round++)
        {
            for (var vcpu = 0; vcpu < 3; vcpu++)
            {
                told.Add($"{vcpu} runs {guest.Cpu(vcpu).RunningPriority:x}, line {guest.Cpu(vcpu).IsAsserted}");
                for (var group = 0; group < 2; group++)
                {
                    var intId = group == 1 ? guest.Acknowledge(vcpu) : guest.Acknowledge0(vcpu);
                    told.Add($"{vcpu} takes {intId} of group {group}");
                    if (intId == 45)
                    {
                        guest.Level(45, false);
                    }

                    End(guest, intId, group, vcpu);
                }
            }
        }

        told.AddRange(guest.Ended().Select(end => $"{end}"));
        return told;
    }

    private static void End(InterruptGuest guest, uint intId, int group, int vcpu)
    {
        if (group == 1)
        {
            guest.End(intId, vcpu);
        }
        else
        {
            guest.End0(intId, vcpu);
        }
    }
}
