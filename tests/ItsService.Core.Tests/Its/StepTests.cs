using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Its;

/// <summary>Commands run in steps and stop at a command boundary.</summary>
public class StepTests
{
    private static readonly GuestOptions NothingInline = new() { InlineCommandsMax = 0 };

    [Fact]
    public void Step_of_one_stops_at_each_boundary()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(
            0,
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 2),
            GuestCommand.Mapti(0, 0, 8192, 0),
            GuestCommand.Int(0, 0));
        Assert.Equal(0UL, guest.Creadr());

        ReadOnlySpan<(int Devices, int Collections, int Events, int Pending)> after =
            [(1, 0, 0, 0), (1, 1, 0, 0), (1, 1, 1, 0), (1, 1, 1, 1)];
        for (var number = 0; number < after.Length; number++)
        {
            Assert.Equal(
                new StepResult(AccessStatus.Ok, 1, HasMore: number < after.Length - 1), guest.Gic.Step(1));
            var its = guest.Gic.Inspection.Its(0);
            var events = guest.Gic.Inspection.Events(0, new(0)).Count();

            Assert.Equal(after[number], (its.DeviceCount, its.CollectionCount, events, guest.PendingAt(2).Length));
            Assert.Equal((ulong)(number + 1) * 32, guest.Creadr());
        }
    }

    [Fact]
    public void Step_with_nothing_to_do_does_nothing()
    {
        var guest = Guest.Started();

        Assert.Equal(new StepResult(AccessStatus.Ok, 0, HasMore: false), guest.Gic.Step(10));
    }

    [Fact]
    public void Step_of_zero_runs_nothing_and_tells_that_there_is_more()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(0, GuestCommand.Sync(0));

        Assert.Equal(new StepResult(AccessStatus.Ok, 0, HasMore: true), guest.Gic.Step(0));
    }

    [Fact]
    public void Commands_in_error_count_as_executed()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(0, GuestCommand.Int(9, 9), GuestCommand.Opcode(0x7F), GuestCommand.Sync(0));

        Assert.Equal(new StepResult(AccessStatus.Ok, 3, HasMore: false), guest.Gic.Step(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void Cwriter_write_runs_no_more_than_the_inline_limit(int limit)
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = limit });
        guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Sync(0), limit + 2)]);

        Assert.Equal((ulong)limit * 32, guest.Creadr());
        Assert.True(guest.Gic.HasRunnableCommands);
        Assert.Equal(new StepResult(AccessStatus.Ok, 2, HasMore: false), guest.Gic.Step(10));
    }

    [Fact]
    public void Default_inline_limit_is_2048()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.PlaceQueue(0, queuePages: 256);
        guest.Enable();
        guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Sync(0), 2049)]);

        Assert.Equal(2048UL * 32, guest.Creadr());
    }

    [Fact]
    public void Messages_get_through_between_steps()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Gic.Step(1);

        Assert.Equal(Core.Translation.MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
        Assert.Equal(0x20UL, guest.Creadr());
    }

    [Fact]
    public void Disable_in_the_middle_of_a_batch_holds_the_rest()
    {
        var guest = Guest.Started(NothingInline);
        guest.Publish(0, GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 0));
        guest.Gic.Step(1);
        guest.Disable();

        Assert.Equal(new StepResult(AccessStatus.Ok, 0, HasMore: false), guest.Gic.Step(10));
        Assert.Equal(0x20UL, guest.Creadr());

        guest.Enable();
        guest.Drain();
        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Step_budget_is_shared_by_the_services()
    {
        var guest = Guest.Started(NothingInline with { ItsCount = 2 });
        guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Sync(0));
        guest.Publish(1, GuestCommand.Sync(0), GuestCommand.Sync(0));

        Assert.Equal(new StepResult(AccessStatus.Ok, 3, HasMore: true), guest.Gic.Step(3));
        Assert.Equal(new StepResult(AccessStatus.Ok, 1, HasMore: false), guest.Gic.Step(3));
    }

    [Fact]
    public void Any_step_size_ends_in_the_same_state()
    {
        GuestCommand[] commands =
        [
            GuestCommand.Mapd(1, 4, Places.Itt(1)), GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 3),
            GuestCommand.Mapti(1, 3, 8200, 0), GuestCommand.Mapti(1, 4, 8201, 1), GuestCommand.Int(1, 3),
            GuestCommand.Int(1, 4), GuestCommand.Movi(1, 3, 1), GuestCommand.Int(1, 5), GuestCommand.Clear(1, 4),
        ];
        var expected = default(string[]);
        for (var budget = 1; budget <= commands.Length; budget++)
        {
            var guest = Guest.Started(NothingInline);
            guest.Publish(0, commands);
            while (guest.Gic.Step(budget).HasMore)
            {
            }

            Assert.Equal(expected ??= Snapshot.Of(guest), Snapshot.Of(guest));
        }
    }
}
