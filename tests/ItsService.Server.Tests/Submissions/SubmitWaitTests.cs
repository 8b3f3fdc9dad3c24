using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Submissions;

/// <summary>
/// What happens to calls whose commands wait in the queue: none hangs, and each tells what has happened.
/// </summary>
public class SubmitWaitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pause_holds_the_call_and_resume_ends_it()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest", queuePages: 16);
        var call = await SlowQueue.StartAsync(guest, Cancellation, count: 400);
        await guest.Api.PauseAsync(guest.Name);
        var (reader, writer) = await PointersAsync(guest);
        Assert.NotEqual(writer, reader);
        Assert.Equal((reader, writer), await PointersAsync(guest));
        Assert.False(call.IsCompleted, "the call ended though its commands wait");

        await guest.Api.ResumeAsync(guest.Name);
        var response = await call.WithinLimit();

        Assert.Equal(400, response.Results.Count);
        Assert.All(response.Results, result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
    }

    [Fact]
    public async Task Deadline_is_answered_with_what_has_happened()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var call = await SlowQueue.StartAsync(guest, Cancellation, DateTime.UtcNow.AddSeconds(8), count: 2000);
        await guest.Api.PauseAsync(guest.Name);

        var response = await call.WithinLimit();
        var (reader, _) = await PointersAsync(guest);

        var executed = (int)(reader / 32);
        Assert.InRange(executed, 1, response.Results.Count - 1);
        Assert.All(
            response.Results.Take(executed), result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
        Assert.All(
            response.Results.Skip(executed),
            result => Assert.Equal(CommandOutcome.NotExecutedDeadline, result.Outcome));
        Assert.Contains("deadline", response.Results[executed].Message, StringComparison.Ordinal);

        // They are in the queue nevertheless.
        await guest.Api.ResumeAsync(guest.Name);
        await UntilReaderMovesAsync(guest, reader);
    }

    [Fact]
    public async Task Cancelled_call_leaves_its_commands_in_the_queue()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var call = await SlowQueue.StartAsync(guest, cancellation.Token);
        await guest.Api.PauseAsync(guest.Name);
        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.WithinLimit());
        await server.Requests.UntilAsync(0);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        var (reader, writer) = await PointersAsync(guest);
        Assert.NotEqual(writer, reader);
        await guest.Api.ResumeAsync(guest.Name);
        await UntilReaderMovesAsync(guest, reader);
    }

    [Fact]
    public async Task Deletion_ends_the_call()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var call = await SlowQueue.StartAsync(guest, Cancellation);

        await guest.Api.DeleteVmAsync(guest.Name);
        var refusal = await Refusal.OfAsync(() => call.WithinLimit());

        Assert.Equal((StatusCode.NotFound, ErrorReason.VmNotFound), (refusal.Code, refusal.Detail.Reason));
    }

    [Fact]
    public async Task Shutdown_ends_the_call()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var call = await SlowQueue.StartAsync(guest, Cancellation);

        await server.StopAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.WithinLimit());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reset_ends_the_call_with_what_was_done_before(bool isPaused)
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var call = await SlowQueue.StartAsync(guest, Cancellation);
        if (isPaused)
        {
            await guest.Api.PauseAsync(guest.Name);
        }

        await guest.Api.ResetVmAsync(guest.Name);

        await AssertEndedAsync(call, CommandOutcome.NotExecutedReset);
    }

    [Fact]
    public async Task Its_that_the_guest_disables_ends_the_call()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var call = await SlowQueue.StartAsync(guest, Cancellation);

        await guest.WriteAsync("GITS_CTLR", 0);
        await AssertEndedAsync(call, CommandOutcome.NotExecutedItsDisabled);

        // With a queue of another place none of them is left.
        await guest.SetUpItsAsync(queuePages: 1);
        Assert.Equal((0UL, 0UL), await PointersAsync(guest));
        Assert.Equal(CommandOutcome.Executed, (await guest.SubmitAsync(ItsCommand.Sync(0).Raw)).Results[0].Outcome);
    }

    [Fact]
    public async Task Write_pointer_that_the_guest_moves_back_ends_the_call()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var call = await SlowQueue.StartAsync(guest, Cancellation);

        // A pointer far ahead of the reader leaves a few commands, which are executed before the call ends.
        var reader = await guest.ReadAsync("GITS_CREADR");
        await guest.WriteAsync("GITS_CWRITER", reader + (64 * 32));

        await AssertEndedAsync(call, CommandOutcome.NotExecutedWithdrawn);
    }

    [Fact]
    public async Task Stall_in_the_background_ends_the_call()
    {
        await using var server = await StartAsync();
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync(queuePages: 256);

        var response = await guest.SubmitAsync(
            [
                .. Enumerable.Repeat(ItsCommand.Sync(0).Raw, 9000), ItsCommand.Interrupt(7, 7).Raw,
                .. Enumerable.Repeat(ItsCommand.Sync(0).Raw, 9000),
            ]);

        Assert.Equal(CommandOutcome.Stalled, response.Results[9000].Outcome);
        Assert.All(
            response.Results.Take(9000), result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
        Assert.All(
            response.Results.Skip(9001),
            result => Assert.Equal(CommandOutcome.NotExecutedBehindStall, result.Outcome));
    }

    [Fact]
    public async Task Slot_that_is_overwritten_while_it_waits_has_no_false_result()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest", queuePages: 16);
        var call = await SlowQueue.StartAsync(guest, Cancellation, count: 400);
        await guest.Api.PauseAsync(guest.Name);
        var (reader, _) = await PointersAsync(guest);
        var place = (int)(reader / 32) + 5;
        await guest.WriteMemoryAsync(
            GuestMap.Queue(0) + ((ulong)place * 32), GuestMap.Doublewords(ItsCommand.Sync(0).Doublewords));
        await guest.Api.ResumeAsync(guest.Name);

        var response = await call.WithinLimit();

        Assert.Equal(CommandOutcome.NotExecutedOverwritten, response.Results[place].Outcome);
        Assert.All(
            response.Results.Where((_, index) => index != place),
            result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
    }

    [Fact]
    public async Task Messages_are_answered_while_commands_wait()
    {
        await using var server = await StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest", queuePages: 16);
        var call = await SlowQueue.StartAsync(guest, Cancellation, count: 500);

        var answered = 0;
        while (!call.IsCompleted)
        {
            await guest.SignalAsync(1, 0);
            answered++;
        }

        Assert.True(answered > 1, "no message was answered before the commands had ended");
        Assert.Equal(500, (await call.WithinLimit()).Results.Count);
    }

    private static Task<TestServer> StartAsync() =>
        TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);

    /// <summary>Executed ones first, then those that were not, of which there is at least one.</summary>
    private static async Task AssertEndedAsync(Task<SubmitResponse> call, CommandOutcome outcome)
    {
        var results = (await call.WithinLimit()).Results;
        var executed = results.TakeWhile(result => result.Outcome == CommandOutcome.Executed).Count();
        Assert.InRange(executed, 1, results.Count - 1);
        Assert.All(results.Skip(executed), result => Assert.Equal(outcome, result.Outcome));
        Assert.NotEmpty(results[executed].Message);
    }

    /// <summary>CREADR and CWRITER, which can be looked at while the VM is Paused, too.</summary>
    private static async Task<(ulong Reader, ulong Writer)> PointersAsync(Guest guest)
    {
        var its = (await guest.DumpAsync()).Single(entry => entry.KindCase == TableEntry.KindOneofCase.Its).Its;
        return (its.ReadOffset, its.WriteOffset);
    }

    private static async Task UntilReaderMovesAsync(Guest guest, ulong from)
    {
        while ((await PointersAsync(guest)).Reader == from)
        {
        }
    }
}
