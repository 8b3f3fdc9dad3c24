using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.State;

namespace ItsService.Server.Tests.Sessions;

/// <summary>What becomes of a session whose VM is paused, reset, restored, faulted or deleted, and of its VM.</summary>
public class SessionLifeTests
{
    private const ulong LeaseMs = 5000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_of_a_paused_vm_wait_and_what_the_vmm_says_of_answers_does_not()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = await AttachedVmm.AttachAsync(guest);

        await guest.Api.PauseAsync(guest.Name);
        var paused = await vmm.ReadChangesAsync();
        await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        await vmm.SendAsync(AttachedVmm.Read("GITS_CTLR"));
        await server.Host(guest.Name).UntilWaitingAsync(1);
        await vmm.WriteAsync(new FromVmm { Received = new ReceivedAnswers { Changes = paused.Number } });
        await guest.Api.ResumeAsync(guest.Name);
        var told = new[] { await vmm.ReadAsync(), await vmm.ReadAsync(), await vmm.ReadAsync() };

        Assert.Equal(VmState.Paused, paused.State);
        Assert.Equal(VmState.Running, Assert.Single(told, message => message.Changes is not null).Changes.State);
        Assert.Equal(
            [1u, 2u], told.Where(message => message.Answer is not null).Select(message => message.Answer.Sequence));
    }

    [Fact]
    public async Task Wrong_request_to_a_paused_vm_is_answered_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        await guest.Api.PauseAsync(guest.Name);
        using var vmm = await AttachedVmm.AttachAsync(guest);

        var answer = await vmm.AskAsync(new VmmRequest());

        Assert.Equal(VmState.Paused, vmm.Attached.State);
        Assert.NotNull(answer.Error);
    }

    [Fact]
    public async Task Reset_and_restore_are_told_and_the_numbers_go_on()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "live");
        await guest.MapDeviceAsync(device: 3, eventCount: 1, firstLpi: 8192);
        await guest.SignalAsync(3, 0);
        var saved = await guest.Api.SaveAsync(guest.Name);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await vmm.AskAsync(AttachedVmm.Read("GITS_TYPER"));

        await guest.Api.ResetVmAsync(guest.Name);
        var reset = await vmm.ReadChangesAsync();
        await guest.Api.PauseAsync(guest.Name);
        await vmm.ReadChangesAsync();
        await guest.Api.RestoreAsync(guest.Name, saved.Blob);
        var restored = await vmm.ReadChangesAsync();
        await guest.Api.ResumeAsync(guest.Name);
        var resumed = await vmm.ReadChangesAsync();
        var acknowledged = await vmm.AskAsync(AttachedVmm.Acknowledge());

        Assert.True(reset.WasReset);
        Assert.False(Assert.Single(reset.Lines).IrqAsserted);
        Assert.True(restored.WasRestored);
        Assert.True(Assert.Single(restored.Lines).IrqAsserted);
        Assert.Equal(VmState.Running, resumed.State);
        Assert.Equal((2u, 8192u), (acknowledged.Sequence, acknowledged.Value));
    }

    [Fact]
    public async Task Deletion_ends_the_stream()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = await AttachedVmm.AttachAsync(guest);

        await guest.Api.DeleteVmAsync(guest.Name);
        var end = Refusal.Of(await vmm.EndAsync());

        Assert.Equal((StatusCode.NotFound, ErrorReason.VmNotFound), (end.Code, end.Detail.Reason));
    }

    [Fact]
    public async Task Deletion_ends_the_stream_whose_request_waits_for_resume()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        await guest.Api.PauseAsync(guest.Name);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        await server.Host(guest.Name).UntilWaitingAsync(1);

        await guest.Api.DeleteVmAsync(guest.Name);

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(await vmm.EndAsync()).Detail.Reason);
    }

    [Fact]
    public async Task Fault_ends_the_stream_and_no_other_vms()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        var other = await Guest.CreateAsync(server.Tcp, "other");
        using var vmm = await AttachedVmm.AttachAsync(guest);
        using var otherVmm = await AttachedVmm.AttachAsync(other);

        await Assert.ThrowsAsync<RpcException>(
            () => server.Host(guest.Name).EnterAsync<Fail, Done>(default, Cancellation).AsTask());
        var end = Refusal.Of(await vmm.EndAsync());

        Assert.Equal((StatusCode.FailedPrecondition, ErrorReason.VmFaulted), (end.Code, end.Detail.Reason));
        Assert.Equal(0x1EF71u, (await otherVmm.AskAsync(AttachedVmm.Read("GITS_TYPER"))).Value);
    }

    [Fact]
    public async Task Stop_of_the_service_ends_the_stream()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = await AttachedVmm.AttachAsync(guest);

        var stopped = server.StopAsync();
        Assert.NotNull((await vmm.ReadAsync()).Ending);
        await vmm.CompleteAsync();
        var end = await vmm.EndAsync();
        await stopped;

        Assert.True(end.StatusCode == StatusCode.Unavailable, $"{end.Status}");
    }

    [Fact]
    public async Task Vmm_that_says_no_more_gets_its_answers_and_may_come_back()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "live");
        using var vmm = await AttachedVmm.AttachAsync(guest);

        await vmm.SendAsync(AttachedVmm.Read("GITS_TYPER"));
        await vmm.CompleteAsync();

        Assert.Equal(0x1EF71u, (await vmm.ReadAnswerAsync()).Value);
        await vmm.EndsWellAsync();
        using var again = await vmm.AgainAsync(guest, received: 1);
        Assert.Equal(1u, again.Attached.LastTaken);
    }

    [Theory]
    [InlineData(OrphanPolicy.Unspecified)]
    [InlineData(OrphanPolicy.Keep)]
    [InlineData(OrphanPolicy.Pause)]
    [InlineData(OrphanPolicy.Delete)]
    public async Task Vm_whose_vmm_stays_away_becomes_what_its_creator_wants(OrphanPolicy policy)
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(options => options.Time = time);
        var guest = await CreateAsync(server, new SessionLease { DurationMs = LeaseMs, OrphanPolicy = policy });
        using var vmm = await AttachedVmm.AttachAsync(guest);
        vmm.Cut();
        await server.Requests.UntilAsync(0);

        time.Advance(TimeSpan.FromMilliseconds(LeaseMs - 1));
        var held = await RefusedAsync(guest, new AttachRequest { Vm = guest.Name });
        time.Advance(TimeSpan.FromMilliseconds(1));
        await UntilLeaseIsOverAsync(guest, vmm.Attached.Session);

        Assert.Equal(LeaseMs, vmm.Attached.LeaseMs);
        Assert.Equal(ErrorReason.SessionHeld, held.Detail.Reason);
        Assert.Contains("lost at", held.Message, StringComparison.Ordinal);
        switch (policy)
        {
            case OrphanPolicy.Delete:
                var gone = await Refusal.OfAsync(() => guest.DescribeAsync());
                Assert.Equal(ErrorReason.VmNotFound, gone.Detail.Reason);
                await Guest.CreateAsync(server.Tcp, "live");
                break;
            case OrphanPolicy.Pause:
                Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
                break;
            default:
                Assert.Equal(0x1EF71u, await guest.ReadAsync("GITS_TYPER"));
                using (await AttachedVmm.AttachAsync(guest))
                {
                }

                break;
        }
    }

    [Fact]
    public async Task Vmm_that_comes_back_in_time_has_its_whole_lease_again()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(options => options.Time = time);
        var guest = await CreateAsync(server, new SessionLease { DurationMs = LeaseMs });
        using var first = await AttachedVmm.AttachAsync(guest);
        first.Cut();
        await server.Requests.UntilAsync(0);
        time.Advance(TimeSpan.FromMilliseconds(LeaseMs - 1));
        using var second = await first.AgainAsync(guest, received: 0);
        second.Cut();
        await server.Requests.UntilAsync(0);

        time.Advance(TimeSpan.FromMilliseconds(LeaseMs - 1));

        using var third = await second.AgainAsync(guest, received: 0);
        Assert.Equal(first.Attached.Session, third.Attached.Session);
    }

    [Fact]
    public async Task Lease_for_ever_does_not_end()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(options => options.Time = time);
        var guest = await CreateAsync(server, new SessionLease { ForEver = true });
        using var first = await AttachedVmm.AttachAsync(guest);
        first.Cut();
        await server.Requests.UntilAsync(0);

        time.Advance(TimeSpan.FromDays(1000));

        using var second = await first.AgainAsync(guest, received: 0);
        Assert.Equal(0u, second.Attached.LeaseMs);
    }

    [Fact]
    public async Task Lease_has_defaults_and_a_range()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server, lease: null);
        var spec = GuestMap.Spec();
        spec.Lease = new SessionLease { DurationMs = 0, ForEver = true, OrphanPolicy = (OrphanPolicy)9 };

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("wrong", spec));

        Assert.Equal(
            new SessionLease { DurationMs = 60_000, OrphanPolicy = OrphanPolicy.Keep },
            (await guest.DescribeAsync()).Spec.Lease);
        Assert.Equal(
            ["spec.lease.duration_ms", "spec.lease.for_ever", "spec.lease.orphan_policy"],
            refusal.Details.Select(detail => detail.Field));
    }

    private static Task<Guest> CreateAsync(TestServer server, SessionLease? lease)
    {
        var spec = GuestMap.Spec();
        spec.Lease = lease;
        return Guest.CreateAsync(server.Tcp, "live", spec);
    }

    // The timer's work goes through the gate on another thread.
    private static async Task UntilLeaseIsOverAsync(Guest guest, string session)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while ((await RefusedAsync(guest, new AttachRequest { Vm = guest.Name, Session = session, Received = 99 }))
            .Detail.Reason == ErrorReason.WrongSequence)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "the lease is not over");
        }
    }

    private static async Task<Refusal> RefusedAsync(Guest guest, AttachRequest request)
    {
        using var vmm = AttachedVmm.Open(guest.Api);
        await vmm.WriteAsync(new FromVmm { Attach = request });
        return Refusal.Of(await vmm.EndAsync());
    }

    private readonly record struct Fail : IVmOperation<Done>
    {
        public Done Run(VmContent vm) => throw new InvalidOperationException("two and two are five");
    }
}
