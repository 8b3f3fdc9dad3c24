using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Submissions;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State;

/// <summary>What a save leaves of its VM when it is refused, and what holds while it drains.</summary>
public class SaveTermsTests
{
    private const ulong OneRegionOfOne = (1UL << 52) | GuestMap.RedistributorBase;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InFlightPolicy.Carry)]
    [InlineData(InFlightPolicy.Drain)]
    public async Task Vm_is_not_left_paused_for_a_state_that_is_too_large(InFlightPolicy policy)
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.SavedStateBytesMax = 64 << 10);
        // 57,344 pending LPIs.
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(
            new SaveRequest { Vm = guest.Name, InFlight = policy, StayPaused = true }));

        Assert.Equal((ErrorReason.LimitExceeded, "state"), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.Equal(1u, await guest.ReadAsync("GITS_CTLR") & 1);
    }

    [Fact]
    public async Task Drain_has_no_turn_while_its_queues_end()
    {
        await using var server = await TestServer.StartAsync(
            options => (options.Limits.InlineCommandsMax, options.Limits.StateTransfersMax) = (1, 1));
        var other = await Guest.CreateAsync(server.Tcp, "other");
        var (guest, submitted, saving) = await DrainAsync(server);

        Assert.NotEmpty((await server.Tcp.SaveAsync(other.Name)).Blob);

        Assert.False(saving.IsCompleted, "the queue was too short for this test");
        await EndAsync(guest, submitted, saving);
    }

    [Fact]
    public async Task Drain_takes_its_turn_when_its_queues_have_ended()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.StateTransfersMax = 1);
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var turns = new StateTurns(new ItsServerLimits { StateTransfersMax = 1 });
        using var turn = turns.Take("vms/other");
        using var terms = new SaveTerms(server.Host(guest.Name), turns, int.MaxValue);
        var order = Drain(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Host(guest.Name).SaveAsync(order, Cancellation, terms));

        Assert.Equal(ErrorReason.LimitExceeded, refusal.Detail.Reason);
        Assert.Equal(0u, (await server.Tcp.SaveAsync(guest.Name)).Summary.InFlightCommands);
    }

    [Fact]
    public async Task Drain_whose_call_has_ended_runs_no_more_commands()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Host(guest.Name).SaveAsync(Drain(guest.Name), new CancellationToken(canceled: true)));

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(9u, (await server.Tcp.SaveAsync(guest.Name)).Summary.InFlightCommands);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
    }

    [Fact]
    public async Task Save_whose_call_has_ended_pauses_no_vm()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var order = new SaveOrder(
            guest.Name, RefusesInFlight: false, DrainTime: null, StaysPaused: true, WritesTables: true);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Host(guest.Name).SaveAsync(order, new CancellationToken(canceled: true)));

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
    }

    [Fact]
    public async Task Resume_during_a_drain_asks_for_places_as_any_other()
    {
        await using var server = await SlowServerAsync();
        var (guest, submitted, saving) = await DrainAsync(server, WithoutRegions());
        await guest.SetAttributeAsync(AttributeCalls.RegionPlace, OneRegionOfOne);

        var refusal = await Refusal.OfAsync(() => guest.ResumeAsync());

        Assert.Equal(ErrorReason.FrameNotPlaced, refusal.Detail.Reason);
        Assert.False(saving.IsCompleted, "the refused call ended the drain");
        await EndAsync(guest, submitted, saving);
    }

    [Fact]
    public async Task Drain_of_a_paused_vm_asks_for_places_before_a_command_runs()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", WithoutRegions());
        await guest.SetUpItsAsync();
        await guest.PauseAsync();
        await guest.SetAttributeAsync(AttributeCalls.RegionPlace, OneRegionOfOne);
        await guest.SetAttributeAsync(AttributeCalls.Gits(RegisterOffset.GitsCwriter), 64);

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Drain));

        Assert.Equal(ErrorReason.FrameNotPlaced, refusal.Detail.Reason);
        Assert.Equal(2u, (await server.Tcp.SaveAsync(guest.Name)).Summary.InFlightCommands);
    }

    [Fact]
    public async Task Whoever_needs_a_paused_vm_is_told_that_a_save_drains_it()
    {
        await using var server = await SlowServerAsync();
        var other = await Guest.CreateAsync(server.Tcp, "other");
        var state = await server.Tcp.SaveAsync(other.Name);
        var (guest, submitted, saving) = await DrainAsync(server);

        var set = await Refusal.OfAsync(
            () => guest.SetAttributeAsync(AttributeCalls.Gits(RegisterOffset.GitsCreadr), 0));
        var order = await Refusal.OfAsync(() => guest.SetAttributeAsync(AttributeCalls.SavePendingTables));
        var restore = await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, state.Blob));
        var drain = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name, InFlightPolicy.Drain));

        Assert.All(
            new[] { set, order, restore, drain },
            refusal =>
            {
                Assert.Equal((ErrorReason.WrongState, 16u), (refusal.Detail.Reason, refusal.Detail.KvmErrno));
                Assert.Contains("save is draining the", refusal.Message, StringComparison.Ordinal);
                Assert.Contains("command queues", refusal.Message, StringComparison.Ordinal);
            });
        await EndAsync(guest, submitted, saving);
    }

    private static SaveOrder Drain(string vm) => new(
        vm, RefusesInFlight: false, DrainTime: TimeSpan.FromMinutes(10), StaysPaused: false, WritesTables: false);

    private static VmSpec WithoutRegions()
    {
        var spec = GuestMap.Spec();
        spec.RedistributorRegions.Clear();
        return spec;
    }

    private static Task<TestServer> SlowServerAsync() =>
        TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);

    /// <summary>A VM whose queue takes seconds to end, and a save that waits for it.</summary>
    private static async Task<(Guest Guest, Task Submitted, Task Saving)> DrainAsync(
        TestServer server, VmSpec? spec = null)
    {
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest", spec: spec);
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        var saving = server.Tcp.SaveAsync(new SaveRequest
        {
            Vm = guest.Name,
            InFlight = InFlightPolicy.Drain,
            DrainDeadlineMs = 600_000,
        });
        var startedAt = TimeProvider.System.GetTimestamp();
        while ((await guest.DescribeAsync()).State != VmState.Paused)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "no drain begins");
        }

        return (guest, submitted, saving);
    }

    private static async Task EndAsync(Guest guest, Task submitted, Task saving)
    {
        await guest.Api.DeleteVmAsync(guest.Name);
        await Assert.ThrowsAsync<RpcException>(() => saving.WithinLimit());
        await Assert.ThrowsAsync<RpcException>(() => submitted.WithinLimit());
    }
}
