using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tracing;

namespace ItsService.Core.Tests.Tracing;

/// <summary>What a tap holds, what it drops, and that it counts both.</summary>
public class TraceTapTests
{
    [Fact]
    public void Events_are_numbered_in_order_over_all_that_is_taken_away()
    {
        var tap = new TraceTap(10);
        tap.NoteHost(1);
        tap.NoteHost(2);
        Assert.Equal([(1, 1L), (2, 2)], Held(tap));
        tap.Clear();
        Assert.True(tap.Events.IsEmpty);
        tap.NoteHost(3);

        Assert.Equal([(3, 3L)], Held(tap));
        Assert.Equal((3, 0), (tap.TotalCount, tap.DroppedCount));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void What_is_too_much_is_dropped_and_counted_and_has_its_number(int capacity)
    {
        var tap = new TraceTap(capacity);
        for (var mark = 1; mark <= capacity + 5; mark++)
        {
            tap.NoteHost(mark);
        }

        Assert.Equal(Enumerable.Range(1, capacity), Held(tap).Select(held => held.Mark));
        Assert.Equal((capacity + 5, 5), (tap.TotalCount, tap.DroppedCount));
        tap.Clear();
        tap.NoteHost(0);
        Assert.Equal([(0, capacity + 6L)], Held(tap));
        Assert.Equal(0, tap.DroppedCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Tap_that_could_hold_nothing_is_refused(int capacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(capacity), () => new TraceTap(capacity));

    [Fact]
    public void Nothing_is_told_before_it_is_set_and_after_it_is_taken_away()
    {
        var guest = Guest.Started();
        guest.Map(7, 1, 8200);
        guest.Traced();
        var tap = guest.Gic.Trace!;
        guest.Signal(7, 1);
        Assert.NotEqual(0, tap.TotalCount);
        var count = tap.TotalCount;
        guest.Gic.Trace = null;
        guest.Signal(7, 9);
        guest.Cpu(0).Acknowledge();
        guest.Gits().TryWrite(0x1_0040, 4, 7);

        Assert.Equal(count, tap.TotalCount);
    }

    [Fact]
    public void Full_tap_costs_no_memory_and_one_that_has_grown_neither()
    {
        var guest = Guest.Started(new GuestOptions { ReachesRamDirectly = true });
        guest.Map(7, 1, 8200);
        guest.Traced(capacity: 500);
        var gic = guest.Gic;
        Cycle(gic, 1000);
        gic.Trace!.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(gic, 1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, gic.Trace!.DroppedCount);
    }

    private static void Cycle(VirtualGic gic, int count)
    {
        for (var round = 0; round < count; round++)
        {
            gic.SignalMsi(0, new(7), new(1));
            var intId = gic.ReadSystemRegister(new(0), SystemRegister.IccIar1).Value;
            gic.WriteSystemRegister(new(0), SystemRegister.IccEoir1, intId);
        }
    }

    private static (int Mark, long Sequence)[] Held(TraceTap tap) =>
        [.. tap.Events.ToArray().Select(traced => (traced.HostMark, traced.Sequence))];
}
