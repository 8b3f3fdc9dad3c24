using ItsService.Core.Events;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Tests.Diagnostics;

public class EventBufferTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(7, 6)]
    [InlineData(7, 7)]
    [InlineData(7, 8)]
    [InlineData(7, 13)]
    [InlineData(7, 700)]
    [InlineData(300, 1000)]
    public void The_newest_are_kept_in_order_and_all_are_counted(int capacity, int count)
    {
        var buffer = new EventBuffer(capacity);
        Append(buffer, 0, count);

        var kept = Math.Min(capacity, count);
        Assert.Equal(Enumerable.Range(count - kept, kept), Numbers(buffer));
        Assert.Equal((kept, count - kept, count), (buffer.Count, buffer.LostCount, buffer.TotalCount));
        Assert.Equal(count - kept + 1, buffer.FirstSequence);
        Assert.Equal(count, buffer.CountOf(GicEventKind.MsiDropped));
    }

    [Fact]
    public void Looking_in_between_does_not_disturb_the_order()
    {
        var buffer = new EventBuffer(5);
        for (var number = 0; number < 40; number++)
        {
            Append(buffer, number, 1);
            if (number % 3 == 0)
            {
                Assert.Equal(number, Numbers(buffer)[^1]);
            }
        }

        Assert.Equal([35, 36, 37, 38, 39], Numbers(buffer));
    }

    [Fact]
    public void Clearing_keeps_the_sequence_and_the_totals()
    {
        var buffer = new EventBuffer(4);
        Append(buffer, 0, 6);

        buffer.Clear();
        Append(buffer, 6, 2);

        Assert.Equal([6, 7], Numbers(buffer));
        Assert.Equal((7, 0, 8), (buffer.FirstSequence, buffer.LostCount, buffer.TotalCount));
        Assert.Equal(8, buffer.CountOf(GicEventKind.MsiDropped));
        Assert.Equal(0, buffer.CountOf(GicEventKind.CommandFailed));
    }

    private static void Append(EventBuffer buffer, int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            buffer.Append(new GicEvent { Kind = GicEventKind.MsiDropped, Event = new EventId((uint)number) });
        }
    }

    private static int[] Numbers(EventBuffer buffer) =>
        [.. buffer.Events.ToArray().Select(each => (int)each.Event.Value)];
}
