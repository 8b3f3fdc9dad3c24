using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Submissions;

namespace ItsService.Server.Tests.State;

/// <summary>What a save does with commands in flight, and what others may do meanwhile.</summary>
public class SavePolicyTests
{
    private const uint GicdIsenabler1 = 0x104;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InFlightPolicy.Unspecified)]
    [InlineData(InFlightPolicy.Carry)]
    public async Task Carry_leaves_the_commands_where_they_are(InFlightPolicy policy)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);

        var saved = await server.Tcp.SaveAsync(guest.Name, policy);

        Assert.Equal(9u, saved.Summary.InFlightCommands);
        Assert.Equal((8u, VmState.Paused), (saved.Summary.MappedEvents, (await guest.DescribeAsync()).State));
    }

    [Fact]
    public async Task Drain_executes_the_commands_of_a_paused_vm_and_leaves_it_paused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);

        var saved = await server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Drain);

        // Of each ITS's commands one maps an event and one takes one away, and three leave an LPI pending.
        Assert.Equal(
            new StateSummary { InFlightCommands = 0, MappedEvents = 16, PendingLpis = 7 }, saved.Summary);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        Assert.Equal(saved.Blob, (await server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Refuse)).Blob);
    }

    [Fact]
    public async Task Drain_of_a_running_vm_lets_no_guest_access_in_and_lets_it_run_on()
    {
        await using var server = await SlowServerAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation, count: 400);
        var host = server.Host(guest.Name);

        var saving = server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain, deadlineMs: 60_000));
        await UntilPausedAsync(guest);
        var read = guest.ReadAsync("GITS_CREADR");
        await host.UntilWaitingAsync(1);
        var saved = await saving.WithinLimit();

        Assert.Equal(0u, saved.Summary.InFlightCommands);
        Assert.All((await submitted.WithinLimit()).Results, result =>
            Assert.Equal(CommandOutcome.Executed, result.Outcome));
        Assert.Equal(400u * 32, await read.WithinLimit());
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.Equal(0, host.WaitingCount);
    }

    [Fact]
    public async Task Drain_that_takes_too_long_is_refused_and_the_vm_runs_on()
    {
        await using var server = await SlowServerAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);

        var refusal = await Refusal.OfAsync(
            () => server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain, deadlineMs: 1)));

        new Expected(StatusCode.DeadlineExceeded, ErrorReason.DrainDeadline, "drain_deadline_ms")
        {
            Resource = guest.Name,
            Accepted = "1..600000",
        }.AssertMet(refusal);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.False(submitted.IsCompleted, "the queue was too short for this test");
        await server.Tcp.DeleteVmAsync(guest.Name);
        await Assert.ThrowsAsync<RpcException>(() => submitted.WithinLimit());
    }

    [Fact]
    public async Task Drain_of_a_stalled_queue_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("the queue is stalled", server, server.Tcp);
        var before = await server.Tcp.SaveAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Drain));

        new Expected(StatusCode.FailedPrecondition, ErrorReason.QueueStalled, "in_flight")
        {
            Resource = $"{guest.Name}/its/0",
            Accepted = "CARRY",
        }.AssertMet(refusal);
        Assert.Equal(before.Blob, (await server.Tcp.SaveAsync(guest.Name)).Blob);
    }

    [Fact]
    public async Task Refuse_refuses_while_commands_are_in_flight()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Refuse));

        new Expected(StatusCode.FailedPrecondition, ErrorReason.CommandsInFlight, "in_flight")
        {
            Resource = guest.Name,
            Accepted = "DRAIN",
        }.AssertMet(refusal);
        Assert.Contains("9 commands", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0u, (await server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Drain)).Summary.InFlightCommands);
        await server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Refuse);
    }

    [Theory]
    [InlineData(InFlightPolicy.Carry)]
    [InlineData(InFlightPolicy.Drain)]
    [InlineData(InFlightPolicy.Refuse)]
    public async Task Running_vm_runs_on_unless_it_is_to_stay_paused(InFlightPolicy policy)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");

        await server.Tcp.SaveAsync(guest.Name, policy);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);

        var request = Order(guest, policy);
        request.StayPaused = true;
        await server.Tcp.SaveAsync(request);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        Assert.Equal(VmState.Running, (await server.Tcp.ResumeAsync(guest.Name)).State);
        Assert.Equal(1u, await guest.ReadAsync("GITS_CTLR") & 1);
    }

    [Theory]
    [InlineData(InFlightPolicy.Carry)]
    [InlineData(InFlightPolicy.Drain)]
    public async Task Answer_tells_whether_the_vm_ran(InFlightPolicy policy)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var save = Order(guest, policy);
        var export = new ExportRequest { Vm = guest.Name, InFlight = policy };
        save.StayPaused = export.StayPaused = true;

        Assert.True((await server.Tcp.SaveAsync(save)).WasRunning);
        Assert.False((await server.Tcp.SaveAsync(save)).WasRunning);
        Assert.False((await server.Tcp.ExportAsync(export)).WasRunning);
        await server.Tcp.ResumeAsync(guest.Name);
        Assert.True((await server.Tcp.ExportAsync(export)).WasRunning);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Vm_that_another_save_drains_ran_unless_it_was_paused_before(bool wasRunning)
    {
        await using var server = await SlowServerAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        if (!wasRunning)
        {
            await guest.PauseAsync();
        }

        var draining = server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain, deadlineMs: 600_000));
        await UntilDrainingAsync(guest);
        var order = Order(guest, InFlightPolicy.Carry, omitTables: true);
        order.StayPaused = true;
        var saved = await server.Tcp.SaveAsync(order);

        Assert.Equal(wasRunning, saved.WasRunning);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        Assert.Equal(ErrorReason.WrongState, (await Refusal.OfAsync(() => draining.WithinLimit())).Detail.Reason);
        await server.Tcp.DeleteVmAsync(guest.Name);
        await Assert.ThrowsAsync<RpcException>(() => submitted.WithinLimit());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_that_pauses_or_resumes_ends_a_drain_and_has_the_last_word(bool pauses)
    {
        await using var server = await SlowServerAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        var saving = server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain, deadlineMs: 600_000));
        await UntilPausedAsync(guest);

        var vm = pauses ? await server.Tcp.PauseAsync(guest.Name) : await server.Tcp.ResumeAsync(guest.Name);
        var refusal = await Refusal.OfAsync(() => saving.WithinLimit());

        new Expected(StatusCode.FailedPrecondition, ErrorReason.WrongState, "") { Resource = guest.Name, KvmErrno = 16 }
            .AssertMet(refusal);
        Assert.Equal(pauses ? VmState.Paused : VmState.Running, vm.State);
        Assert.Equal(vm.State, (await guest.DescribeAsync()).State);
        var stoppedAt = await ReadOffsetAsync(guest);
        if (pauses)
        {
            // Calls take their turns at the gate, so that a slice of a queue that still runs would have had many.
            for (var turn = 0; turn < 100; turn++)
            {
                Assert.Equal(stoppedAt, await ReadOffsetAsync(guest));
            }
        }
        else
        {
            await UntilAsync(async () => await ReadOffsetAsync(guest) != stoppedAt, "the queue does not run on");
        }

        await server.Tcp.DeleteVmAsync(guest.Name);
        await Assert.ThrowsAsync<RpcException>(() => submitted.WithinLimit());
    }

    [Fact]
    public async Task Other_calls_come_in_while_a_save_drains()
    {
        await using var server = await SlowServerAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        var saving = server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain, deadlineMs: 600_000));
        await UntilPausedAsync(guest);

        var second = await Refusal.OfAsync(() => server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain)));
        var carried = await server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Carry, omitTables: true));
        var restore = await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, carried.Blob));

        Assert.Equal(ErrorReason.WrongState, second.Detail.Reason);
        Assert.NotEqual(0u, carried.Summary.InFlightCommands);
        Assert.Equal((ErrorReason.WrongState, 16u), (restore.Detail.Reason, restore.Detail.KvmErrno));
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        await server.Tcp.DeleteVmAsync(guest.Name);
        Assert.Equal(ErrorReason.VmNotFound, (await Refusal.OfAsync(() => saving.WithinLimit())).Detail.Reason);
        await Assert.ThrowsAsync<RpcException>(() => submitted.WithinLimit());
    }

    [Fact]
    public async Task Call_that_ends_while_its_save_drains_lets_the_vm_run_on()
    {
        await using var server = await SlowServerAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        using var giveUp = new CancellationTokenSource();
        var saving = server.Tcp.SaveAsync(Order(guest, InFlightPolicy.Drain, deadlineMs: 600_000), giveUp.Token);
        await UntilPausedAsync(guest);

        await giveUp.CancelAsync();

        await Assert.ThrowsAsync<RpcException>(() => saving.WithinLimit());
        await UntilAsync(guest, VmState.Running);
        await server.Tcp.DeleteVmAsync(guest.Name);
        await Assert.ThrowsAsync<RpcException>(() => submitted.WithinLimit());
    }

    [Fact]
    public async Task What_is_staged_comes_into_force_or_refuses_the_save()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var before = await server.Tcp.SaveAsync(guest.Name);
        // The queue has one page.
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Creadr, 0x8000);

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name));

        new Expected(StatusCode.FailedPrecondition, ErrorReason.NotSaveable, "its[0].GITS_CREADR")
        {
            Resource = guest.Name,
            KvmErrno = 22,
        }.AssertMet(refusal);
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Creadr, 0);
        Assert.NotEqual(before.Blob, (await server.Tcp.SaveAsync(guest.Name)).Blob);
    }

    /// <summary>By the pointers that are staged, and without a change.</summary>
    [Fact]
    public async Task Refuse_leaves_staged_what_was_staged()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Creadr, 32);

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Refuse));
        Assert.Equal(ErrorReason.CommandsInFlight, refusal.Detail.Reason);

        Assert.True(await StagedRegister.IsAnyAsync(server, guest));
        await server.Tcp.SaveAsync(guest.Name);
        Assert.False(await StagedRegister.IsAnyAsync(server, guest));
    }

    [Theory]
    [InlineData(InFlightPolicy.Carry, 1u, "DRAIN")]
    [InlineData(InFlightPolicy.Refuse, 600_000u, "DRAIN")]
    [InlineData(InFlightPolicy.Drain, 600_001u, "1..600000")]
    public async Task Deadline_is_for_drain_and_at_most_ten_minutes(
        InFlightPolicy policy, uint deadlineMs, string accepted)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(Order(guest, policy, deadlineMs)));

        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "drain_deadline_ms")
        {
            Resource = guest.Name,
            Accepted = accepted,
        }.AssertMet(refusal);
    }

    [Fact]
    public async Task Policy_that_does_not_exist_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name, (InFlightPolicy)9));

        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "in_flight")
        {
            Resource = guest.Name,
            Accepted = "CARRY, DRAIN or REFUSE",
        }.AssertMet(refusal);
    }

    private static SaveRequest Order(
        Guest guest, InFlightPolicy policy, uint deadlineMs = 0, bool omitTables = false) =>
        new() { Vm = guest.Name, InFlight = policy, DrainDeadlineMs = deadlineMs, OmitTables = omitTables };

    private static Task<TestServer> SlowServerAsync() =>
        TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);

    private static async Task<ulong> ReadOffsetAsync(Guest guest) => (await guest.DumpAsync())[0].Its.ReadOffset;

    private static Task UntilPausedAsync(Guest guest) => UntilAsync(guest, VmState.Paused);

    /// <summary>Of a VM that is Paused: what changes nothing is refused then.</summary>
    private static async Task UntilDrainingAsync(Guest guest)
    {
        await UntilPausedAsync(guest);
        var startedAt = TimeProvider.System.GetTimestamp();
        while (await TrySetNothingAsync(guest))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "no save drains the VM");
        }
    }

    private static async Task<bool> TrySetNothingAsync(Guest guest)
    {
        try
        {
            await guest.SetAttributeAsync(AttributeCalls.Gicd(GicdIsenabler1), 0);
            return true;
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.FailedPrecondition)
        {
            return false;
        }
    }

    private static Task UntilAsync(Guest guest, VmState state) =>
        UntilAsync(async () => (await guest.DescribeAsync()).State == state, $"the VM is not {state}");

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, otherwise);
        }
    }
}
