using ItsService.Protocol.V1;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Tests;

/// <summary>Which commands a saved state's pointers say were executed.</summary>
public class CommandLogTests
{
    private static readonly EventPlan Plan = new(senderCount: 1, oneOutstanding: false);

    [Theory]
    [InlineData(10, 10, 10, 10)]
    [InlineData(3, 10, 3, 10)]
    [InlineData(10, 25, 10, 25)]
    [InlineData(24, 25, 24, 25)]
    public void Pointers_tell_how_many_commands_were_executed(int read, int write, int executed, int placed)
    {
        var log = new CommandLog(0, Plan.Events.Count, new Pulse());
        log.Begin(Commands(10));
        log.Begin(Commands(15));

        Assert.Equal(new QueuePlace(executed, placed), log.PlaceOf(Saved(read, write)));
    }

    [Fact]
    public void Pointers_at_which_no_batch_ends_are_refused()
    {
        var log = new CommandLog(0, Plan.Events.Count, new Pulse());
        log.Begin(Commands(10));

        Assert.Throws<AccountException>(() => log.PlaceOf(Saved(0, 9)));
        Assert.Throws<AccountException>(() => log.PlaceOf(Saved(11, 10)));
    }

    [Fact]
    public void Queue_may_have_wrapped_many_times()
    {
        const int Batch = 1000;
        var log = new CommandLog(0, Plan.Events.Count, new Pulse());
        var total = 0L;
        for (var round = 0; round < 100; round++)
        {
            log.Open();
            log.Begin(Commands(Batch));
            total += Batch;
            var place = log.PlaceOf(Saved(total - 1, total));

            Assert.Equal(new QueuePlace(total - 1, total), place);
            Assert.Equal(total - 1, log.CountsUntil(place.Executed).Total);
            Assert.Single(log.InFlight(place));
            log.Settle(place);
        }

        Assert.True(total > 3 * GuestLayout.SlotCount);
    }

    [Fact]
    public async Task So_many_commands_that_laps_could_be_mistaken_wait_for_the_next_save()
    {
        var log = new CommandLog(0, Plan.Events.Count, new Pulse());
        log.Begin(Commands(GuestLayout.SlotCount - 10));
        log.Begin(Commands(5));

        var room = log.UntilRoomAsync(5, TestContext.Current.CancellationToken);
        Assert.False(room.IsCompleted);
        log.Open();
        await room.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Commands_are_counted_by_event_where_they_change_its_account()
    {
        var accounted = Plan.Events[3];
        var counts = new CommandCounts(Plan.Events.Count);
        counts.Add([GuestCommand.Int(accounted), GuestCommand.Clear(accounted), GuestCommand.Discard(accounted)]);
        counts.Add([GuestCommand.Movi(accounted, 1), GuestCommand.Sync(0)]);

        Assert.Equal((1, 2, 5), (counts.Ints(3), counts.Clears(3), counts.Total));
        Assert.Equal(0, counts.Ints(2) + counts.Clears(2));
    }

    private static List<GuestCommand> Commands(int count) => [.. Enumerable.Repeat(GuestCommand.Sync(0), count)];

    private static SavedIts Saved(long readCommand, long writeCommand) => new()
    {
        ReadOffset = (uint)CommandLog.OffsetOf(readCommand),
        WriteOffset = (uint)CommandLog.OffsetOf(writeCommand),
    };
}
