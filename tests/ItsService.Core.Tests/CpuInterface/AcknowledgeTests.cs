using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.CpuInterface;

/// <summary>IAR, HPPIR, EOIR, DIR and the group enables (redistributor-lpi 9.2, conformance 195 to 203).</summary>
public class AcknowledgeTests
{
    [Fact]
    public void Acknowledge_gives_each_interrupt_once()
    {
        var guest = Guest.WithPending((8192, 0xA3));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        guest.Cpu(0).End(8192);

        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        Assert.Empty(guest.PendingAt(0));
    }

    [Fact]
    public void Nothing_pending_is_spurious_and_leaves_the_priority_idle()
    {
        var guest = Guest.Started();

        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        Assert.Equal(0xFFUL, guest.Cpu(0).RunningPriority);
        Assert.Equal(0UL, guest.Cpu(0).Read(SystemRegister.IccAp1R0));
    }

    [Fact]
    public void Order_is_priority_then_intid()
    {
        var guest = Guest.WithPending(
            (8300, 0x81), (8200, 0x81), (8192, 0xA1), (9000, 0x41), (8193, 0xA1), (60_000, 0x41));

        Assert.Equal([9000u, 60_000u, 8200u, 8300u, 8192u, 8193u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Priorities_apart_within_one_group_priority_are_still_ordered()
    {
        var guest = Guest.WithPending((8192, 0x45), (8193, 0x41));

        Assert.Equal([8193u, 8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Highest_pending_is_looked_at_without_taking_it()
    {
        var guest = Guest.WithPending((8192, 0xA3), (8193, 0x23));
        var before = Snapshot.Of(guest);

        Assert.Equal(8193u, guest.Cpu(0).HighestPending);
        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Fact]
    public void Highest_pending_does_not_mind_mask_and_running_priority()
    {
        var guest = Guest.WithPending((8192, 0x23), (8193, 0xA3));
        guest.Cpu(0).Acknowledge();
        Assert.Equal(8193u, guest.Cpu(0).HighestPending);
        guest.Cpu(0).MaskAll();
        Assert.Equal(8193u, guest.Cpu(0).HighestPending);

        guest.Cpu(0).Write(SystemRegister.IccIgrpen1, 0);
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).HighestPending);
    }

    [Fact]
    public void Disabled_lpi_is_neither_highest_nor_taken()
    {
        var guest = Guest.WithPending((8192, 0x22), (8193, 0xA3));

        Assert.Equal(8193u, guest.Cpu(0).HighestPending);
        Assert.Equal([8193u], guest.Cpu(0).TakeAll());
        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Theory]
    [InlineData("cpu interface")]
    [InlineData("distributor")]
    public void Disabled_group_signals_nothing_and_keeps_what_is_pending(string where)
    {
        var guest = Guest.WithPending((8192, 0xA3));
        EnableGroup(guest, where, 0);
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).HighestPending);
        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.Equal([8192u], guest.PendingAt(0));

        EnableGroup(guest, where, 3);

        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Group_0_registers_never_show_an_lpi()
    {
        var guest = Guest.WithPending((8192, 0xA3));
        guest.Cpu(0).Write(SystemRegister.IccIgrpen0, 1);

        Assert.Equal(1023UL, guest.Cpu(0).Read(SystemRegister.IccIar0));
        Assert.Equal(1023UL, guest.Cpu(0).Read(SystemRegister.IccHppir0));
        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Theory]
    [InlineData(1020UL)]
    [InlineData(1021UL)]
    [InlineData(1022UL)]
    [InlineData(1023UL)]
    public void End_of_a_special_intid_is_ignored(ulong intId)
    {
        var guest = Guest.WithPending((8192, 0xA3));
        guest.Cpu(0).Acknowledge();
        guest.Cpu(0).Write(SystemRegister.IccEoir1, intId);

        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
    }

    [Fact]
    public void End_with_nothing_active_is_ignored()
    {
        var guest = Guest.Started();
        guest.Cpu(0).End(8192);

        Assert.Equal(0xFFUL, guest.Cpu(0).RunningPriority);
    }

    [Fact]
    public void End_of_group_0_leaves_group_1_running()
    {
        var guest = Guest.WithPending((8192, 0xA3));
        guest.Cpu(0).Acknowledge();
        guest.Cpu(0).Write(SystemRegister.IccEoir0, 8192);

        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
    }

    [Fact]
    public void Deactivation_of_an_lpi_is_ignored_in_either_mode()
    {
        var guest = Guest.WithPending((8192, 0xA3));
        guest.Cpu(0).Acknowledge();
        guest.Cpu(0).Write(SystemRegister.IccDir, 8192);
        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);

        guest.Cpu(0).Write(SystemRegister.IccCtlr, 2);
        guest.Cpu(0).Write(SystemRegister.IccDir, 8192);
        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
    }

    [Fact]
    public void With_eoimode_1_the_end_alone_lets_the_next_one_come()
    {
        var guest = Guest.Started();
        guest.Cpu(0).Write(SystemRegister.IccCtlr, 2);
        guest.Map(0, 0, 8192);
        for (var round = 0; round < 3; round++)
        {
            guest.Signal(0, 0);
            Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
            guest.Cpu(0).End(8192);
            Assert.Equal(0xFFUL, guest.Cpu(0).RunningPriority);
        }
    }

    [Fact]
    public void One_vcpu_does_not_see_anothers_interrupts()
    {
        var guest = Guest.WithPending((8192, 0xA3));

        Assert.Equal(CpuPort.Spurious, guest.Cpu(1).Acknowledge());
        Assert.Equal(0xFFUL, guest.Cpu(1).RunningPriority);
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Equal(0xFFUL, guest.Cpu(1).RunningPriority);
    }

    private static void EnableGroup(Guest guest, string where, ulong value)
    {
        if (where == "distributor")
        {
            guest.Gicd.Write32(0, value);
        }
        else
        {
            guest.Cpu(0).Write(SystemRegister.IccIgrpen1, value & 1);
        }
    }
}
