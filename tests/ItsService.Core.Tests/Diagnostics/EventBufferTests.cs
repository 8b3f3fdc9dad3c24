using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Diagnostics;

public class EventBufferTests
{
    private const GicEventKind Command = GicEventKind.CommandFailed;
    private const GicEventKind Stall = GicEventKind.QueueStalled;
    private const GicEventKind Message = GicEventKind.MsiDropped;
    private const GicEventKind Memory = GicEventKind.ConfigurationUnreadable;

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
        Append(buffer, Message, [.. Enumerable.Range(0, count)]);

        var kept = Math.Min(capacity, count);
        Assert.Equal(Enumerable.Range(count - kept, kept), Numbers(buffer));
        Assert.Equal(
            Enumerable.Range(count - kept + 1, kept).Select(sequence => (long)sequence),
            Kept(buffer).Select(each => each.LastSequence));
        Assert.Equal((kept, count - kept, count), (buffer.Count, buffer.LostCount, buffer.TotalCount));
        Assert.Equal(count, buffer.CountOf(Message));
    }

    [Fact]
    public void Each_sort_has_room_of_its_own()
    {
        var buffer = new EventBuffer(3);
        Append(buffer, Command, 0);
        Append(buffer, Memory, 1);
        Append(buffer, Message, 2, 3, 4, 5, 6);
        Append(buffer, Stall, 7);
        Append(buffer, Memory, 8, 9, 10);

        Assert.Equal([0, 4, 5, 6, 7, 8, 9, 10], Numbers(buffer));
        Assert.Equal([1, 5, 6, 7, 8, 9, 10, 11], Kept(buffer).Select(each => (int)each.LastSequence));
        Assert.Equal((8, 3, 11), (buffer.Count, buffer.LostCount, buffer.TotalCount));
    }

    [Fact]
    public void Equal_ones_in_a_row_are_one()
    {
        var buffer = new EventBuffer(2);
        Append(buffer, Message, 5, 5, 5, 6, 5, 5);
        Append(buffer, Command, 5, 5);
        Append(buffer, Message, 5);

        Assert.Equal(
            [(5, 5L, 6L), (5, 7, 8), (5, 9, 9)],
            Kept(buffer).Select(each => ((int)each.Event.Event.Value, each.FirstSequence, each.LastSequence)));
        Assert.Equal([2L, 2, 1], Kept(buffer).Select(each => each.Count));
        Assert.Equal((4, 9), (buffer.LostCount, buffer.TotalCount));
    }

    [Theory]
    [InlineData(0, 3, 2, 1)]
    [InlineData(2, 1, 2, 1)]
    [InlineData(3, 0, 2, 1)]
    [InlineData(4, 0, 1, 1)]
    [InlineData(5, 0, 0, 1)]
    [InlineData(6, 0, 0, 0)]
    public void After_a_sequence_number_a_row_counts_what_is_left_of_it(long after, params int[] counts)
    {
        var buffer = new EventBuffer();
        Append(buffer, Message, 1, 1, 1, 2, 2);
        Append(buffer, Command, 2);

        Assert.Equal(
            counts.Where(count => count != 0),
            buffer.After(after).Take(9).Select(each => (int)each.CountAfter(after)));
        Assert.Equal(counts, buffer.After(0).Take(9).Select(each => (int)each.CountAfter(after)));
    }

    [Fact]
    public void Kept_and_lost_add_up_whatever_comes()
    {
        var random = new Xorshift(11);
        var buffer = new EventBuffer(5);
        for (var round = 0; round < 2000; round++)
        {
            Append(buffer, random.Pick(Command, Stall, Message, Memory), (int)random.Below(2));
            var kept = Kept(buffer);
            Assert.Equal(buffer.TotalCount, buffer.LostCount + kept.Sum(each => each.Count));
            Assert.Equal(kept.OrderBy(each => each.FirstSequence), kept);
            Assert.Equal(buffer.TotalCount, kept[^1].LastSequence);
            Assert.All(kept.Zip(kept.Skip(1)), pair =>
                Assert.True(pair.First.LastSequence < pair.Second.FirstSequence));
            var after = random.Below((uint)buffer.TotalCount + 1);
            Assert.Equal(
                kept.Where(each => each.LastSequence > after).ToArray(), buffer.After(after).Take(int.MaxValue));
        }
    }

    [Fact]
    public void As_many_are_taken_as_are_asked_for()
    {
        var buffer = new EventBuffer();
        Append(buffer, Message, 1, 2, 3);

        Assert.Equal([1, 2], buffer.After(0).Take(2).Select(each => (int)each.Event.Event.Value));
        Assert.Empty(buffer.After(3).Take(2));
    }

    [Fact]
    public void Mark_is_put_on_what_came_since_the_last_one()
    {
        var buffer = new EventBuffer();
        Append(buffer, Message, 1);
        Append(buffer, Command, 2);
        Assert.True(buffer.HasUnmarked);
        buffer.Mark(100);
        Assert.False(buffer.HasUnmarked);
        Append(buffer, Command, 2);
        Append(buffer, Message, 1, 1);
        Assert.Equal([(100L, 100L), (100, 100), (0, 0)], Marks(buffer));

        buffer.Mark(200);
        Append(buffer, Message, 1);
        buffer.Mark(300);

        Assert.Equal([(100L, 100L), (100, 200), (200, 300)], Marks(buffer));
    }

    [Fact]
    public void Clearing_keeps_the_sequence_and_the_totals()
    {
        var buffer = new EventBuffer(4);
        Append(buffer, Message, 0, 1, 2, 3, 4, 5);

        buffer.Clear();
        Append(buffer, Message, 5, 7);

        Assert.Equal([5, 7], Numbers(buffer));
        Assert.Equal((0, 8), (buffer.LostCount, buffer.TotalCount));
        Assert.Equal([7L, 8], Kept(buffer).Select(each => each.FirstSequence));
        Assert.Equal(8, buffer.CountOf(Message));
        Assert.Equal(0, buffer.CountOf(Command));
    }

    private static void Append(EventBuffer buffer, GicEventKind kind, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            buffer.Append(new GicEvent { Kind = kind, Event = new EventId((uint)number) });
        }
    }

    private static KeptEvent[] Kept(EventBuffer buffer) => buffer.After(0).Take(int.MaxValue);

    private static int[] Numbers(EventBuffer buffer) => [.. Kept(buffer).Select(each => (int)each.Event.Event.Value)];

    private static (long First, long Last)[] Marks(EventBuffer buffer) =>
        [.. Kept(buffer).Select(each => (each.FirstMark, each.LastMark))];
}
