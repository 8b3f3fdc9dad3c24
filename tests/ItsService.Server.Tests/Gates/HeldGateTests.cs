using Grpc.Core;
using ItsService.Protocol.Health;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Gates;

/// <summary>An entry into one VM that takes long, and the calls that come meanwhile.</summary>
public class HeldGateTests
{
    private const uint Device = 7;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_that_wait_for_one_vm_hold_up_no_other_and_no_health_check()
    {
        // Threads for so many would take minutes to come.
        const int WaitingCount = 400;
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var other = await Guest.CreateAsync(server.UnixSocket, "other");
        await using var held = await HeldGate.HoldAsync(server.Host(guest.Name));

        var waiting = Enumerable.Range(0, WaitingCount).Select(_ => guest.SignalAsync(Device, 0)).ToArray();
        await server.Requests.UntilAsync(WaitingCount);
        var read = await other.ReadAsync("GITS_TYPER");
        var health = await server.UnixSocket.Health.CheckAsync(
            new HealthCheckRequest(), cancellationToken: Cancellation).WithinLimit();

        Assert.Equal(0x1EF71u, read);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.DoesNotContain(waiting, call => call.IsCompleted);
        await held.ReleaseAsync();
        var outcomes = (await Task.WhenAll(waiting).WithinLimit()).Select(answer => answer.Result.Outcome).ToList();
        Assert.Single(outcomes, outcome => outcome == MsiOutcome.Pended);
        Assert.Equal(WaitingCount - 1, outcomes.Count(outcome => outcome == MsiOutcome.Coalesced));
    }

    [Fact]
    public async Task Call_whose_deadline_comes_while_it_waits_has_not_happened()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await using var held = await HeldGate.HoldAsync(server.Host(guest.Name));

        var error = await Assert.ThrowsAsync<RpcException>(() => guest.Api.Interrupts.SignalMsiAsync(
            guest.Message(Device, 0), deadline: DateTime.UtcNow.AddMilliseconds(300), cancellationToken: Cancellation)
            .WithinLimit());
        await server.Requests.UntilAsync(0);
        await held.ReleaseAsync();

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(Device, 0)).Result.Outcome);
    }

    [Fact]
    public async Task Pause_waits_for_its_turn_and_holds_those_behind_it()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var host = server.Host(guest.Name);
        await using var held = await HeldGate.HoldAsync(host);

        var paused = host.PauseAsync(Cancellation);
        var behind = guest.SignalAsync(Device, 0);
        Assert.False(paused.IsCompleted, "Pause did not wait");
        await held.ReleaseAsync();

        Assert.Equal(VmState.Paused, (await paused.WithinLimit()).State);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        Assert.False(behind.IsCompleted, "a message came into a Paused VM");
        await guest.Api.ResumeAsync(guest.Name);
        Assert.Equal(MsiOutcome.Pended, (await behind.WithinLimit()).Result.Outcome);
    }

    [Fact]
    public async Task Deletion_waits_for_its_turn_and_those_behind_it_find_the_vm_gone()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await using var held = await HeldGate.HoldAsync(server.Host(guest.Name));

        var deleted = guest.Api.DeleteVmAsync(guest.Name);
        await server.Requests.UntilAsync(1);
        var deletedAgain = guest.Api.DeleteVmAsync(guest.Name);
        var behind = guest.SignalAsync(Device, 0);
        await server.Requests.UntilAsync(3);
        await held.ReleaseAsync();

        var ends = await Task.WhenAll(
            Record.ExceptionAsync(() => deleted.WithinLimit()).AsTask(),
            Record.ExceptionAsync(() => deletedAgain.WithinLimit()).AsTask());
        var loser = Assert.Single(ends, end => end is not null);
        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(Assert.IsType<RpcException>(loser)).Detail.Reason);
        await Record.ExceptionAsync(() => behind.WithinLimit());
        await Guest.CreateAsync(server.Tcp, "held");
    }

    [Fact]
    public async Task List_is_answered_though_a_vm_of_it_is_busy()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.Api.PauseAsync(guest.Name);
        await using var held = await HeldGate.HoldAsync(server.Host(guest.Name));

        var listed = Assert.Single((await server.UnixSocket.ListVmsAsync()).Vms);

        Assert.Equal((guest.Name, VmState.Paused), (listed.Name, listed.State));
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "held");
        await guest.MapDeviceAsync(Device, eventCount: 1, firstLpi: 8192);
        return guest;
    }
}
