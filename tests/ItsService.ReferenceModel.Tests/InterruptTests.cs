namespace ItsService.ReferenceModel.Tests;

/// <summary>SGIs, PPIs and SPIs, by hand.</summary>
public class InterruptTests
{
    private readonly InterruptBench _bench = new();

    [Fact]
    public void Level_that_stays_is_pending_again_after_its_end()
    {
        _bench.Gic.SetSpiLine(InterruptBench.Spi, isHigh: true, notifiesEnd: true);
        Assert.Equal([true, false, false, false], _bench.Lines());
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        Assert.Equal(0xA0UL, _bench.Icc(0, 0xC65B));
        Assert.Equal(1UL << 8, _bench.Gicd(0x0304)); // ISACTIVER1
        Assert.Equal(1UL << 8, _bench.Gicd(0x0204)); // ISPENDR1: the line
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));

        _bench.End(0, InterruptBench.Spi);
        Assert.Equal([(InterruptBench.Spi, (int?)null)], _bench.Gic.TakeEnds());
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        _bench.Gic.SetSpiLine(InterruptBench.Spi, isHigh: false, notifiesEnd: false);
        _bench.End(0, InterruptBench.Spi);
        Assert.Empty(_bench.Gic.TakeEnds());
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
    }

    [Fact]
    public void Edge_is_taken_once_and_one_meanwhile_once_more()
    {
        _bench.ByEdge(InterruptBench.Spi);
        Rise(InterruptBench.Spi);
        Rise(InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        Rise(InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
        _bench.End(0, InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        _bench.End(0, InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
    }

    [Fact]
    public void Private_line_is_of_one_vcpu()
    {
        _bench.Gic.SetPpiLine(2, InterruptBench.Ppi, isHigh: true, notifiesEnd: true);
        Assert.Equal([false, false, true, false], _bench.Lines());
        Assert.Equal(1UL << 27, _bench.Gicr(2, 0x1_0200));
        Assert.Equal(InterruptBench.Ppi, _bench.Acknowledge(2));
        _bench.End(2, InterruptBench.Ppi);
        Assert.Equal([(InterruptBench.Ppi, (int?)2)], _bench.Gic.TakeEnds());
    }

    [Fact]
    public void Software_makes_and_ends_a_pending_state_but_no_line()
    {
        _bench.WriteGicd(0x0204, 1u << 8);
        Assert.True(_bench.Gic.IsLineAsserted(0));
        _bench.WriteGicd(0x0284, 1u << 8);
        Assert.False(_bench.Gic.IsLineAsserted(0));

        _bench.Gic.SetSpiLine(InterruptBench.Spi, isHigh: true, notifiesEnd: false);
        _bench.WriteGicd(0x0284, 1u << 8);
        Assert.True(_bench.Gic.IsLineAsserted(0));
        _bench.WriteGicd(0x0184, 1u << 8);
        Assert.False(_bench.Gic.IsLineAsserted(0));
    }

    [Theory]
    [InlineData(0x0000_0000_0200_0006, false, true, true, false)] // SGI 2 to Aff0 1 and 2
    [InlineData(0x0000_0100_0200_0000, true, false, true, true)] // to all but oneself
    [InlineData(0x0000_0000_0201_0006, false, false, false, false)] // Aff1 is 1
    [InlineData(0x0000_1000_0200_0006, false, true, true, false)] // RS is 1, and ignored
    public void Sgi_goes_where_its_register_says(ulong value, bool to0, bool to1, bool to2, bool to3)
    {
        _bench.Send(1, value);
        Assert.Equal([to0, to1, to2, to3], _bench.Lines());
        Assert.All([.. Enumerable.Range(0, 4)], vcpu =>
        {
            if (_bench.Gic.IsLineAsserted(vcpu))
            {
                Assert.Equal(2UL, _bench.Acknowledge(vcpu));
            }
        });
    }

    [Fact]
    public void Range_selector_reaches_high_numbers()
    {
        var bench = new InterruptBench(ReferenceProfile.Kvm with { HasRangeSelector = true }, 0, 17, 0x0102_0311);
        bench.Send(0, (1UL << 44) | 0b10);
        Assert.Equal([false, true, false], bench.Lines(3));
        bench.Send(0, (1UL << 44) | (2UL << 32) | (3UL << 16) | 0b10);
        Assert.Equal([false, true, true], bench.Lines(3));
    }

    [Fact]
    public void Sgi_of_the_other_group_is_not_sent()
    {
        _bench.WriteGicr(1, 0x1_0080, ~4u);
        _bench.Send(0, 0x0200_0002);
        Assert.False(_bench.Gic.IsLineAsserted(1));
        _bench.WriteIcc(0, 0xC65E, 0x0200_0002);
        Assert.False(_bench.Gic.IsLineAsserted(1));
        _bench.WriteIcc(0, 0xC65F, 0x0200_0002);
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(1));
        Assert.Equal(2UL, _bench.Icc(1, 0xC642));
        Assert.Equal(2UL, _bench.Acknowledge0(1));
    }

    [Fact]
    public void Higher_group_priority_preempts_and_the_running_one_comes_back()
    {
        _bench.Priority(41, 0x80);
        _bench.Priority(42, 0x88);
        Raise(InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        Raise(42);
        Assert.Equal(42UL, _bench.Acknowledge(0));
        Raise(41);
        Assert.Equal(41UL, _bench.Acknowledge(0));
        Assert.Equal(0x80UL, _bench.Icc(0, 0xC65B));
        _bench.End(0, 41);
        Assert.Equal(0x88UL, _bench.Icc(0, 0xC65B));
        _bench.End(0, 42);
        _bench.End(0, InterruptBench.Spi);
        Assert.Equal(0xFFUL, _bench.Icc(0, 0xC65B));
    }

    [Fact]
    public void Binary_point_keeps_subpriorities_from_preempting()
    {
        _bench.WriteIcc(0, 0xC663, 4); // BPR1: bits [7:4]
        _bench.Priority(41, 0x88);
        _bench.Priority(42, 0x80);
        Raise(41);
        Assert.Equal(41UL, _bench.Acknowledge(0));
        Raise(42);
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
        Assert.Equal(42UL, _bench.Icc(0, 0xC662));
        _bench.End(0, 41);
        Assert.Equal(42UL, _bench.Acknowledge(0));
    }

    [Fact]
    public void With_EOImode_the_end_drops_and_DIR_deactivates_from_anywhere()
    {
        _bench.WriteIcc(0, 0xC664, 2);
        _bench.WriteIcc(1, 0xC664, 2);
        Raise(InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        _bench.End(0, InterruptBench.Spi);
        Assert.Equal(0xFFUL, _bench.Icc(0, 0xC65B));
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
        _bench.WriteIcc(2, 0xC659, InterruptBench.Spi); // its EOImode is 0
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
        _bench.WriteIcc(1, 0xC659, InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
    }

    [Fact]
    public void End_of_the_other_group_does_nothing()
    {
        Raise(InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
        _bench.End0(0, InterruptBench.Spi);
        Assert.Equal(0xA0UL, _bench.Icc(0, 0xC65B));
        _bench.End(0, InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
    }

    [Fact]
    public void Best_of_the_other_group_hides_what_is_behind_it()
    {
        _bench.WriteGicd(0x0084, ~(1u << 9));
        _bench.Priority(41, 0x20);
        Raise(InterruptBench.Spi);
        Raise(41);
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
        Assert.Equal(InterruptBench.Spurious, _bench.Icc(0, 0xC662));
        Assert.Equal(41UL, _bench.Acknowledge0(0));
        Assert.Equal(0x20UL, _bench.Icc(0, 0xC65B));
        _bench.End0(0, 41);
        _bench.Gic.SetSpiLine(41, isHigh: false, notifiesEnd: false);
        Assert.Equal(InterruptBench.Spi, _bench.Acknowledge(0));
    }

    [Fact]
    public void Equal_priorities_go_by_number_and_the_mask_holds_back()
    {
        Raise(41);
        Raise(InterruptBench.Spi);
        _bench.Gic.SetPpiLine(0, InterruptBench.Ppi, isHigh: true, notifiesEnd: false);
        Assert.Equal(InterruptBench.Ppi, _bench.Icc(0, 0xC662));
        _bench.WriteIcc(0, 0xC230, 0xA0);
        Assert.Equal(InterruptBench.Spurious, _bench.Acknowledge(0));
        Assert.Equal(InterruptBench.Ppi, _bench.Icc(0, 0xC662));
        _bench.WriteIcc(0, 0xC230, 0xA8);
        Assert.Equal(InterruptBench.Ppi, _bench.Acknowledge(0));
    }

    [Fact]
    public void Route_names_one_vcpu_or_nobody()
    {
        _bench.Route(InterruptBench.Spi, 3);
        Raise(InterruptBench.Spi);
        Assert.Equal([false, false, false, true], _bench.Lines());
        _bench.Route(InterruptBench.Spi, 0x100);
        Assert.Equal([false, false, false, false], _bench.Lines());
        _bench.Route(InterruptBench.Spi, 1UL << 31 | 2);
        Assert.Equal([false, false, true, false], _bench.Lines());
        Assert.Equal(2UL, _bench.Gicd(0x6000 + (8 * InterruptBench.Spi), 8));
    }

    [Fact]
    public void One_of_n_goes_to_the_first_that_could_take_it()
    {
        var bench = new InterruptBench(ReferenceProfile.Qemu with { HasOneOfN = true, GicdNo1N = false });
        bench.Route(InterruptBench.Spi, 1UL << 31);
        bench.Gic.SetSpiLine(InterruptBench.Spi, isHigh: true, notifiesEnd: false);
        Assert.Equal([true, false, false, false], bench.Lines());
        bench.WriteIcc(0, 0xC230, 0x80);
        Assert.Equal([false, true, false, false], bench.Lines());
        bench.WriteGicr(1, 0x0000, 1u << 25);
        Assert.Equal([false, false, true, false], bench.Lines());
        bench.WriteGicr(2, 0x0014, 2);
        Assert.Equal([false, false, false, true], bench.Lines());
        bench.WriteIcc(3, 0xC667, 0);
        Assert.Equal([false, false, false, false], bench.Lines());
        bench.WriteGicr(1, 0x0000, 1u << 24);
        Assert.Equal(InterruptBench.Spi, bench.Acknowledge(1));
    }

    [Fact]
    public void Messages_move_levels_and_latches()
    {
        var bench = new InterruptBench(ReferenceProfile.Qemu with { HasMessageBasedSpis = true });
        Assert.Equal(1UL << 16, bench.Gicd(0x0004) & (1UL << 16));
        bench.WriteGicd(0x0040, InterruptBench.Spi);
        Assert.Equal(InterruptBench.Spi, bench.Acknowledge(0));
        bench.End(0, InterruptBench.Spi);
        Assert.True(bench.Gic.IsLineAsserted(0));
        bench.WriteGicd(0x0048, InterruptBench.Spi);
        Assert.False(bench.Gic.IsLineAsserted(0));

        bench.ByEdge(41);
        bench.WriteGicd(0x0050, 41);
        Assert.True(bench.Gic.IsLineAsserted(0));
        bench.WriteGicd(0x0058, 41);
        Assert.False(bench.Gic.IsLineAsserted(0));
        bench.WriteGicd(0x0040, 31);
        bench.WriteGicd(0x0040, 1020);
        Assert.Equal([false, false, false, false], bench.Lines());
    }

    [Fact]
    public void Configuration_changes_what_a_high_line_means()
    {
        Raise(InterruptBench.Spi);
        _bench.ByEdge(InterruptBench.Spi);
        Assert.False(_bench.Gic.IsLineAsserted(0));
        _bench.WriteGicd(0x0C08, 0);
        Assert.True(_bench.Gic.IsLineAsserted(0));
    }

    [Fact]
    public void Sgi_stays_by_edge_and_what_is_not_there_reads_zero()
    {
        _bench.WriteGicr(0, 0x1_0C00, 0);
        Assert.Equal(0xAAAA_AAAAUL, _bench.Gicr(0, 0x1_0C00));
        _bench.WriteGicd(0x0080, uint.MaxValue);
        Assert.Equal(0UL, _bench.Gicd(0x0080));
        _bench.WriteGicd(0x00A0, uint.MaxValue); // INTIDs 256 and up
        Assert.Equal(0UL, _bench.Gicd(0x00A0));
    }

    [Fact]
    public void Priorities_keep_the_bits_that_the_profile_has()
    {
        var kvm = new InterruptBench(ReferenceProfile.Kvm);
        kvm.Priority(InterruptBench.Spi, 0xFF);
        Assert.Equal(0xF8UL, kvm.Gicd(0x0400 + InterruptBench.Spi, 1));
        _bench.Priority(InterruptBench.Spi, 0xFF);
        Assert.Equal(0xFFUL, _bench.Gicd(0x0400 + InterruptBench.Spi, 1));
    }

    private void Raise(uint spi) => _bench.Gic.SetSpiLine(spi, isHigh: true, notifiesEnd: false);

    private void Rise(uint spi)
    {
        Raise(spi);
        _bench.Gic.SetSpiLine(spi, isHigh: false, notifiesEnd: false);
    }
}
