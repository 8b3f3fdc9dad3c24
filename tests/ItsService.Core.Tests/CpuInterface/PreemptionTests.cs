using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Interrupts;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.CpuInterface;

/// <summary>What is signalled, and what interrupts what, over both groups (redistributor-lpi 9.2).</summary>
public class PreemptionTests
{
    private const uint Running = 40;
    private const uint Next = 41;

    private static readonly byte[] Priorities =
        [0x00, 0x02, 0x04, 0x08, 0x0C, 0x10, 0x20, 0x40, 0x42, 0x60, 0x7E, 0x80, 0x88, 0xA0, 0xC0, 0xE0, 0xF0];

    public static TheoryData<int, int, bool, bool> BinaryPoints
    {
        get
        {
            var all = new TheoryData<int, int, bool, bool>();
            foreach (var bits in new[] { 5, 6, 7 })
            {
                for (var point = 0; point < 8; point++)
                {
                    all.Add(bits, point, false, false);
                    all.Add(bits, point, true, false);
                    all.Add(bits, point, true, true);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(BinaryPoints))]
    public void Only_a_higher_group_priority_interrupts_what_runs(int bits, int point, bool isGroup1, bool isCommon)
    {
        // Group 0: bits [7:n+1]; Group 1: [7:n], with CBPR as Group 0. Each no lower than the lowest bit there is.
        var lowest = Math.Max(point, 7 - bits) + 1;
        if (isGroup1 && !isCommon)
        {
            lowest = Math.Max(point, 8 - bits);
        }

        foreach (var running in Priorities)
        {
            foreach (var next in Priorities)
            {
                var guest = Guests(bits);
                var cpu = guest.Cpu();
                cpu.Write(SystemRegister.IccCtlr, isCommon ? 1UL : 0);
                cpu.Write(isGroup1 && !isCommon ? SystemRegister.IccBpr1 : SystemRegister.IccBpr0, (ulong)point);
                guest.With(Running, running, isGroup1).SetPending(Running);
                Assert.Equal(Running, Take(guest, isGroup1));
                Assert.Equal((ulong)(running >> lowest << lowest), cpu.RunningPriority);
                guest.With(Next, next, isGroup1).SetPending(Next);
                var preempts = next >> lowest < running >> lowest;

                Assert.Equal(preempts, cpu.IsAsserted);
                Assert.Equal(preempts ? Next : InterruptGuest.Spurious, Take(guest, isGroup1));
            }
        }
    }

    [Theory]
    [InlineData(5, 2, 3)]
    [InlineData(6, 1, 2)]
    [InlineData(7, 0, 1)]
    public void Binary_points_have_a_least_value(int bits, ulong least0, ulong least1)
    {
        var cpu = Guests(bits).Cpu();
        cpu.Write(SystemRegister.IccBpr0, 0);
        cpu.Write(SystemRegister.IccBpr1, 0);
        Assert.Equal((least0, least1), (cpu.Read(SystemRegister.IccBpr0), cpu.Read(SystemRegister.IccBpr1)));
        for (var point = least1; point < 8; point++)
        {
            cpu.Write(SystemRegister.IccBpr0, point);
            cpu.Write(SystemRegister.IccBpr1, point);
            Assert.Equal((point, point), (cpu.Read(SystemRegister.IccBpr0), cpu.Read(SystemRegister.IccBpr1)));
        }
    }

    [Fact]
    public void Common_binary_point_hides_that_of_group_1()
    {
        var cpu = Guests(5).Cpu();
        cpu.Write(SystemRegister.IccBpr1, 6);
        cpu.Write(SystemRegister.IccBpr0, 3);
        cpu.Write(SystemRegister.IccCtlr, 1);
        Assert.Equal(4UL, cpu.Read(SystemRegister.IccBpr1));
        cpu.Write(SystemRegister.IccBpr1, 7);
        cpu.Write(SystemRegister.IccBpr0, 7);
        Assert.Equal(7UL, cpu.Read(SystemRegister.IccBpr1));
        cpu.Write(SystemRegister.IccCtlr, 0);

        Assert.Equal(6UL, cpu.Read(SystemRegister.IccBpr1));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Running_priority_is_that_of_both_groups(bool isRunningGroup1, bool isNextGroup1)
    {
        var guest = Guests(5).With(Running, 0x40, isRunningGroup1).With(Next, 0x60, isNextGroup1)
            .With(42, 0x20, isNextGroup1);
        guest.SetPending(Running);
        Assert.Equal(Running, Take(guest, isRunningGroup1));
        guest.SetPending(Next);
        Assert.False(guest.Cpu().IsAsserted);
        Assert.Equal(InterruptGuest.Spurious, Take(guest, isNextGroup1));
        guest.SetPending(42);
        Assert.Equal((isNextGroup1, !isNextGroup1), Lines(guest));
        Assert.Equal(42u, Take(guest, isNextGroup1));
        Assert.Equal(0x20UL, guest.Cpu().RunningPriority);
        End(guest, 42, isNextGroup1);
        Assert.Equal(0x40UL, guest.Cpu().RunningPriority);
        End(guest, Running, isRunningGroup1);

        Assert.Equal(0xFFUL, guest.Cpu().RunningPriority);
        Assert.Equal(Next, Take(guest, isNextGroup1));
    }

    [Fact]
    public void Nested_interrupts_end_in_reverse_order()
    {
        var guest = Guests(5);
        byte[] priorities = [0xE0, 0xC0, 0xA0, 0x80, 0x60, 0x40, 0x20, 0x00];
        for (var depth = 0; depth < priorities.Length; depth++)
        {
            guest.With(100 + (uint)depth, priorities[depth], isGroup1: depth % 2 == 0).SetPending(100 + (uint)depth);
            Assert.Equal(100 + (uint)depth, Take(guest, depth % 2 == 0));
            Assert.Equal(priorities[depth], guest.Cpu().RunningPriority);
        }

        for (var depth = priorities.Length - 1; depth >= 0; depth--)
        {
            Assert.Equal(priorities[depth], guest.Cpu().RunningPriority);
            End(guest, 100 + (uint)depth, depth % 2 == 0);
            Assert.False(guest.IsActive(100 + (uint)depth));
        }

        Assert.Equal(0xFFUL, guest.Cpu().RunningPriority);
    }

    [Theory]
    [InlineData(5, 0xFF, 0xF0, true)]
    [InlineData(5, 0xFF, 0xF8, false)] // the mask keeps 0xF8
    [InlineData(7, 0xFF, 0xFC, true)]
    [InlineData(7, 0xFF, 0xFE, false)]
    [InlineData(5, 0x80, 0x80, false)]
    [InlineData(5, 0x80, 0x78, true)]
    [InlineData(5, 0x07, 0x00, false)] // the mask keeps 0
    [InlineData(5, 0x08, 0x00, true)]
    [InlineData(6, 0x04, 0x00, true)]
    [InlineData(5, 0x00, 0x00, false)]
    public void Mask_lets_through_what_is_higher(int bits, byte mask, byte priority, bool isTaken)
    {
        foreach (var isGroup1 in new[] { false, true })
        {
            var guest = Guests(bits).With(Next, priority, isGroup1);
            guest.Cpu().Mask(mask);
            guest.SetPending(Next);

            Assert.Equal(isTaken, guest.Cpu().IsAsserted);
            Assert.Equal(isTaken ? Next : InterruptGuest.Spurious, Take(guest, isGroup1));
        }
    }

    [Fact]
    public void Equal_priorities_come_by_intid_from_sgis_to_lpis()
    {
        var guest = Guests(5).With(3).With(27).With(45).With(200);
        guest.Guest.PlaceTables();
        guest.Guest.Gits().Write32(GitsOffset.Ctlr, 1);
        guest.Guest.Map(0, 0, 8192);
        guest.Guest.Signal(0, 0);
        guest.SetPending(200);
        guest.Level(45, true);
        guest.Level(27, true);
        guest.Cpu().Write(SystemRegister.IccSgi1R, (3 << 24) | 1);
        foreach (var intId in new uint[] { 3, 27, 45, 200, 8192 })
        {
            Assert.Equal(intId, guest.Cpu().HighestPending);
            Assert.Equal(intId, guest.Acknowledge());
            guest.Disable(intId < 8192 ? intId : 45u);
            guest.End(intId);
        }

        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
    }

    [Theory]
    [InlineData(0x40, true, 8192u)] // the LPI has 0xA0
    [InlineData(0xC0, false, 8192u)]
    public void Priorities_are_compared_between_spis_and_lpis(byte spiPriority, bool isSpiFirst, uint lpi)
    {
        var guest = Guests(5).With(45, spiPriority);
        guest.Guest.PlaceTables();
        guest.Guest.Gits().Write32(GitsOffset.Ctlr, 1);
        guest.Guest.Map(0, 0, lpi);
        guest.Guest.Signal(0, 0);
        guest.SetPending(45);

        Assert.Equal(isSpiFirst ? 45u : lpi, guest.Acknowledge());
    }

    [Fact]
    public void Best_of_the_other_group_gives_1023_in_both_registers()
    {
        var guest = Guests(5).With(Running, 0x40, isGroup1: false).With(Next, 0x60);
        guest.SetPending(Running);
        guest.SetPending(Next);
        Assert.Equal((false, true), Lines(guest));
        Assert.Equal(InterruptGuest.Spurious, guest.Cpu().HighestPending);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge());
        Assert.Equal(Running, (uint)guest.Cpu().Read(SystemRegister.IccHppir0));
        Assert.Equal(Running, guest.Acknowledge0());
        guest.End0(Running);
        Assert.Equal((true, false), Lines(guest));
        Assert.Equal(InterruptGuest.Spurious, (uint)guest.Cpu().Read(SystemRegister.IccHppir0));
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge0());

        Assert.Equal(Next, guest.Acknowledge());
    }

    [Theory]
    [InlineData(SystemRegister.IccIgrpen0, false)]
    [InlineData(SystemRegister.IccIgrpen1, true)]
    public void Group_disabled_at_either_end_leaves_the_other(SystemRegister enable, bool isDisabledGroup1)
    {
        var guest = Guests(5).With(Running, 0x40, isGroup1: false).With(Next, 0x60);
        guest.SetPending(Running);
        guest.SetPending(Next);
        guest.Cpu().Write(enable, 0);
        Assert.Equal((!isDisabledGroup1, isDisabledGroup1), Lines(guest));
        guest.Cpu().Write(enable, 1);
        Assert.Equal((false, true), Lines(guest));
        guest.Guest.Gicd.Write32(0, isDisabledGroup1 ? 1UL : 2);
        Assert.Equal((!isDisabledGroup1, isDisabledGroup1), Lines(guest));
        guest.Guest.Gicd.Write32(0, 0);

        Assert.Equal((false, false), Lines(guest));
        Assert.True(guest.IsPending(Running) && guest.IsPending(Next));
    }

    [Fact]
    public void Line_that_changes_has_the_next_generation_and_one_that_does_not_keeps_it()
    {
        var guest = Guests(5).With(Running, 0x40).With(Next, 0x40, isGroup1: false);
        var before = guest.Cpu().Line.Generation;
        guest.Level(Running, true);
        Assert.Equal(before + 1, guest.Cpu().Line.Generation);
        guest.Level(Running, true);
        guest.Guest.Gicd.Write32(0, 3);
        Assert.Equal(before + 1, guest.Cpu().Line.Generation);
        guest.Cpu().Mask(0);
        guest.Cpu().Unmask();
        Assert.Equal(before + 3, guest.Cpu().Line.Generation);
        guest.SetPending(Next); // the equal one with the lower INTID stays the best

        Assert.Equal(before + 3, guest.Cpu().Line.Generation);
        Assert.Equal(0UL, guest.Cpu(1).Line.Generation);
    }

    [Fact]
    public void Priority_changed_while_pending_counts_at_once()
    {
        var guest = Guests(5).With(Running, 0x80).With(Next, 0xA0);
        guest.SetPending(Running);
        guest.SetPending(Next);
        guest.With(Next, 0x40);

        Assert.Equal(Next, guest.Acknowledge());
        Assert.Equal(0x40UL, guest.Cpu().RunningPriority);
    }

    [Fact]
    public void Group_changed_while_pending_changes_the_line()
    {
        var guest = Guests(5).With(Next);
        guest.SetPending(Next);
        Assert.Equal((true, false), Lines(guest));
        guest.With(Next, isGroup1: false);

        Assert.Equal((false, true), Lines(guest));
    }

    private static InterruptGuest Guests(int bits) =>
        new(InterruptGuest.Everything with { PriorityBits = bits }, vcpuCount: 2);

    private static uint Take(InterruptGuest guest, bool isGroup1) =>
        isGroup1 ? guest.Acknowledge() : guest.Acknowledge0();

    private static void End(InterruptGuest guest, uint intId, bool isGroup1)
    {
        if (isGroup1)
        {
            guest.End(intId);
        }
        else
        {
            guest.End0(intId);
        }
    }

    private static (bool Irq, bool Fiq) Lines(InterruptGuest guest) =>
        (guest.Cpu().Line.IsIrqAsserted, guest.Cpu().Line.IsFiqAsserted);
}
