using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Explanation;

/// <summary>The last commands that were executed.</summary>
public class CommandHistoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public void The_newest_are_kept_in_order_and_all_are_counted(int count)
    {
        var history = new CommandHistory();
        Add(history, 0, count);

        var kept = Math.Min(CommandHistory.Capacity, count);
        Assert.Equal((count, kept), (history.TotalCount, history.Count));
        Assert.Equal(Enumerable.Range(count - kept, kept), Numbers(history));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    [InlineData(600)]
    public void A_mark_is_of_what_came_since_the_last_one(int count)
    {
        var history = new CommandHistory();
        Add(history, 0, 2);
        history.Mark(7);
        Assert.False(history.HasUnmarked);

        Add(history, 2, count);
        Assert.True(history.HasUnmarked);
        history.Mark(9);

        Assert.All(
            Enumerable.Range(0, history.Count),
            index => Assert.Equal(history[index].Command.Dw1 < 2 ? 7 : 9, history[index].Mark));
    }

    [Fact]
    public void What_is_forgotten_is_counted_and_kept_no_more()
    {
        var history = new CommandHistory();
        Add(history, 0, 300);
        history.Forget();
        Assert.Equal((300, 0), (history.TotalCount, history.Count));

        Add(history, 300, 3);
        Assert.Equal([300, 301, 302], Numbers(history));
    }

    [Fact]
    public void Vm_keeps_what_it_executed_without_an_error_but_no_sync()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Sync(0), GuestCommand.Clear(1, 1));
        guest.RunOn(1, GuestCommand.Mapc(3, 1));

        var history = guest.Gic.CommandHistory;

        Assert.Equal(2, history.Count);
        Assert.Equal((0, 0L, CommandOpcode.Mapc), (history[0].Its, history[0].EventsBefore, history[0].Command.Opcode));
        Assert.Equal((1, 1L, 3u), (history[1].Its, history[1].EventsBefore, history[1].Command.Collection.Value));

        guest.Gic.Reset();
        Assert.Equal(0, history.Count);
    }

    private static void Add(CommandHistory history, int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            history.Add(0, new CommandPacket(0, (ulong)number, 0, 0), 0);
        }
    }

    private static IEnumerable<int> Numbers(CommandHistory history) =>
        Enumerable.Range(0, history.Count).Select(index => (int)history[index].Command.Dw1);
}
