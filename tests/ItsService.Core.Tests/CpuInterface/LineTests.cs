using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.CpuInterface;

/// <summary>
/// The line to a vCPU: asserted exactly while it has something to take, with a generation for each change.
/// </summary>
public class LineTests
{
    [Fact]
    public void Line_follows_a_message_and_its_acknowledge()
    {
        var guest = Mapped();
        Assert.Equal(new VcpuLine(new VcpuIndex(0), false, false, 0), guest.Cpu(0).Line);

        guest.Signal(0, 0);
        Assert.Equal(new VcpuLine(new VcpuIndex(0), true, false, 1), guest.Cpu(0).Line);

        guest.Cpu(0).Acknowledge();
        Assert.Equal(new VcpuLine(new VcpuIndex(0), false, false, 2), guest.Cpu(0).Line);

        guest.Cpu(0).End(8192);
        Assert.Equal(2UL, guest.Cpu(0).Line.Generation);
    }

    [Fact]
    public void Second_message_is_no_change()
    {
        var guest = Mapped();
        guest.Signal(0, 0);
        guest.Signal(0, 0);
        guest.Signal(0, 1);

        Assert.Equal(1UL, guest.Cpu(0).Line.Generation);
    }

    [Fact]
    public void Line_stays_up_for_the_next_interrupt_after_the_end()
    {
        var guest = Mapped();
        guest.Signal(0, 0);
        guest.Signal(0, 1);
        guest.Cpu(0).Acknowledge();
        Assert.False(guest.Cpu(0).IsAsserted); // the same priority does not pre-empt
        guest.Cpu(0).End(8192);

        Assert.True(guest.Cpu(0).IsAsserted);
    }

    [Theory]
    [InlineData("PMR")]
    [InlineData("IGRPEN1")]
    [InlineData("GICD_CTLR")]
    [InlineData("EnableLPIs")]
    [InlineData("configuration")]
    [InlineData("AP1R0")]
    public void Whatever_masks_an_interrupt_lowers_the_line_and_its_end_raises_it(string what)
    {
        var guest = Mapped();
        guest.Signal(0, 0);
        Mask(guest, what, isMasked: true);
        Assert.False(guest.Cpu(0).IsAsserted);

        Mask(guest, what, isMasked: false);

        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal(3UL, guest.Cpu(0).Line.Generation);
    }

    [Theory]
    [InlineData("CLEAR")]
    [InlineData("DISCARD")]
    [InlineData("MOVI")]
    [InlineData("MOVALL")]
    public void Command_that_takes_the_interrupt_away_lowers_the_line(string command)
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Mapc(1, 1));
        guest.Signal(0, 0);
        guest.Run(command switch
        {
            "CLEAR" => GuestCommand.Clear(0, 0),
            "DISCARD" => GuestCommand.Discard(0, 0),
            "MOVI" => GuestCommand.Movi(0, 0, 1),
            _ => GuestCommand.Movall(0, 1),
        });

        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.Equal(command.StartsWith("MOV", StringComparison.Ordinal), guest.Cpu(1).IsAsserted);
    }

    [Fact]
    public void Drain_hands_out_changed_lines_once_and_as_they_are_now()
    {
        var guest = Mapped();
        guest.Run(GuestCommand.Mapc(2, 2), GuestCommand.Mapti(0, 2, 8194, 2));
        guest.Signal(0, 0);
        guest.Signal(0, 2);
        guest.Cpu(2).Acknowledge();
        var lines = new List<VcpuLine>();
        guest.Gic.DrainChangedLines(lines);

        Assert.Equal(
            [new VcpuLine(new(0), true, false, 1), new VcpuLine(new(2), false, false, 2)],
            lines.OrderBy(line => line.Vcpu.Value));

        lines.Clear();
        guest.Gic.DrainChangedLines(lines);
        Assert.Empty(lines);

        guest.Cpu(0).Acknowledge();
        guest.Gic.DrainChangedLines(lines);
        Assert.Equal(new VcpuLine(new(0), false, false, 2), Assert.Single(lines));
    }

    [Fact]
    public void Reset_lowers_the_line_and_the_generation_goes_on()
    {
        var guest = Mapped();
        guest.Signal(0, 0);
        guest.Gic.Reset();

        Assert.Equal(new VcpuLine(new(0), false, false, 2), guest.Cpu(0).Line);
    }

    [Fact]
    public void Line_follows_commands_run_by_step()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0 });
        guest.Publish(
            0,
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(0, 0, 8192, 0),
            GuestCommand.Int(0, 0),
            GuestCommand.Clear(0, 0));
        guest.Gic.Step(4);
        Assert.True(guest.Cpu(0).IsAsserted);
        guest.Gic.Step(1);

        Assert.False(guest.Cpu(0).IsAsserted);
    }

    private static Guest Mapped()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0));
        return guest;
    }

    private static void Mask(Guest guest, string what, bool isMasked)
    {
        switch (what)
        {
            case "PMR":
                guest.Cpu(0).Mask(isMasked ? (byte)0 : (byte)0xFF);
                break;
            case "IGRPEN1":
                guest.Cpu(0).Write(SystemRegister.IccIgrpen1, isMasked ? 0UL : 1);
                break;
            case "GICD_CTLR":
                guest.Gicd.Write32(0, isMasked ? 0UL : 2);
                break;
            case "EnableLPIs":
                guest.Gicr(0).Write32(GicrOffset.Ctlr, isMasked ? 0UL : 1);
                break;
            case "configuration":
                guest.Configure(8192, isMasked ? Guest.DisabledAtA0 : Guest.EnabledAtA0);
                guest.Run(GuestCommand.Inv(0, 0));
                break;
            default:
                guest.Cpu(0).Write(SystemRegister.IccAp1R0, isMasked ? 1UL : 0);
                break;
        }
    }
}
