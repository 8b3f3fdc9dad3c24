using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>Which vCPU gets an SPI that may go to any (decision 0007).</summary>
public class OneOfNTests
{
    private const uint Spi = 45;
    private const ulong Dpg0 = 1UL << 24;
    private const ulong Dpg1 = 1UL << 25;

    public static TheoryData<string> Obstacles =>
        ["mask", "running priority", "asleep", "barred", "group disabled"];

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void Vcpu_that_cannot_take_it_is_passed_over_until_it_can(string obstacle)
    {
        var guest = Pending(vcpuCount: 3);
        Assert.Equal([0], guest.Signalled());
        var undo = Obstruct(guest, 0, obstacle);
        Assert.Equal([1], guest.Signalled());
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge(0));
        undo();

        Assert.Equal([0], guest.Signalled());
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge(1));
        Assert.Equal(Spi, guest.Acknowledge(0));
    }

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void Spi_waits_while_nobody_can_take_it(string obstacle)
    {
        var guest = Pending(vcpuCount: 3);
        var undo = Enumerable.Range(0, 3).Select(vcpu => Obstruct(guest, vcpu, obstacle)).ToArray();
        Assert.Empty(guest.Signalled());
        Assert.True(guest.IsPending(Spi));
        undo[2]();

        Assert.Equal([2], guest.Signalled());
        Assert.Equal(Spi, guest.Acknowledge(2));
    }

    [Fact]
    public void Vcpu_barred_from_one_group_takes_the_other()
    {
        var guest = Pending(vcpuCount: 2).With(46, isGroup1: false);
        guest.Route(46, InterruptGuest.AnyVcpu);
        guest.SetPending(46);
        guest.Guest.Gicr(0).Write32(GicrOffset.Ctlr, 1 | Dpg1);

        Assert.True(guest.Cpu(0).Line.IsFiqAsserted);
        Assert.True(guest.Cpu(1).Line.IsIrqAsserted);
        guest.Guest.Gicr(0).Write32(GicrOffset.Ctlr, 1 | Dpg0);
        Assert.True(guest.Cpu(0).Line.IsIrqAsserted);
        Assert.True(guest.Cpu(1).Line.IsFiqAsserted);
    }

    [Fact]
    public void Bars_do_not_exist_without_1_of_n()
    {
        var guest = new InterruptGuest(InterruptGuest.Everything with { HasOneOfN = false });
        guest.Guest.Gicr(0).Write32(GicrOffset.Ctlr, 1 | Dpg0 | Dpg1);

        Assert.Equal(0UL, guest.Guest.Gicr(0).Read32(GicrOffset.Ctlr) & (Dpg0 | Dpg1));
    }

    [Fact]
    public void Two_spis_are_taken_by_two_vcpus()
    {
        var guest = Pending(vcpuCount: 3).With(46);
        guest.Route(46, InterruptGuest.AnyVcpu);
        guest.SetPending(46);
        Assert.Equal(Spi, guest.Acknowledge(0));
        Assert.Equal([1], guest.Signalled());
        Assert.Equal(46u, guest.Acknowledge(1));

        Assert.Empty(guest.Signalled());
    }

    [Fact]
    public void Active_spi_is_offered_to_nobody_and_any_vcpu_that_took_it_ends_it()
    {
        var guest = Pending(vcpuCount: 2);
        guest.Level(Spi, true);
        Assert.Equal(Spi, guest.Acknowledge(0));
        Assert.Empty(guest.Signalled());
        guest.End(Spi, 0);

        Assert.Equal([0], guest.Signalled());
    }

    [Fact]
    public void Level_taken_back_leaves_nobody_signalled()
    {
        var guest = new InterruptGuest().With(Spi);
        guest.Route(Spi, InterruptGuest.AnyVcpu);
        guest.Level(Spi, true);
        Assert.Equal([0], guest.Signalled());
        guest.Level(Spi, false);

        Assert.Empty(guest.Signalled());
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Fact]
    public void Route_given_back_to_one_vcpu_is_a_route()
    {
        var guest = Pending(vcpuCount: 3);
        guest.Route(Spi, 2);
        Assert.Equal([2], guest.Signalled());
        guest.Route(Spi, InterruptGuest.AnyVcpu | 2);

        Assert.Equal([0], guest.Signalled());
    }

    private static InterruptGuest Pending(int vcpuCount)
    {
        var guest = new InterruptGuest(vcpuCount: vcpuCount).With(Spi);
        guest.Route(Spi, InterruptGuest.AnyVcpu);
        guest.SetPending(Spi);
        return guest;
    }

    /// <summary>Puts something in a vCPU's way, and returns what takes it away.</summary>
    private static Action Obstruct(InterruptGuest guest, int vcpu, string obstacle)
    {
        var (cpu, gicr) = (guest.Cpu(vcpu), guest.Guest.Gicr(vcpu));
        switch (obstacle)
        {
            case "mask":
                cpu.Mask(0xA0);
                return cpu.Unmask;
            case "running priority":
                cpu.Write(SystemRegister.IccAp0R0, 1 << 10);
                return () => cpu.Write(SystemRegister.IccAp0R0, 0);
            case "asleep":
                gicr.Write32(GicrOffset.Waker, 2);
                return () => gicr.Write32(GicrOffset.Waker, 0);
            case "barred":
                gicr.Write32(GicrOffset.Ctlr, 1 | Dpg1);
                return () => gicr.Write32(GicrOffset.Ctlr, 1);
            default:
                cpu.Write(SystemRegister.IccIgrpen1, 0);
                return () => cpu.Write(SystemRegister.IccIgrpen1, 1);
        }
    }
}
