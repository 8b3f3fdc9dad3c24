using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using Microsoft.AspNetCore.Http;

namespace ItsService.Cli.Tests.Clients.Sessions;

/// <summary>The client library's session, as a VMM uses it.</summary>
public sealed class VmmSessionTests
{
    private static readonly VcpuIndex Vcpu = new(0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Vmm_of_one_thread_takes_an_interrupt(bool byUnixSocket)
    {
        await using var server = await TestServer.StartAsync();
        var booted = await Guest.BootAsync(server.Client, "live");
        using var client = ItsClient.Connect(byUnixSocket ? server.UnixUrl : server.Url);
        var told = new List<VcpuLine>();
        await using var session = await client.Vm(booted.Name).AttachAsync(
            new VmmSessionOptions { LineChanged = told.Add }, Cancellation).WithinLimit();

        var (message, raised, acknowledged, mask) = await OnOneThreadAsync(() =>
        {
            var message = session.SignalMsi(new GuestAddress(Guest.Doorbell), Guest.Device, new EventId(0));
            var raised = session.Line(Vcpu).IrqAsserted;
            var acknowledged = session.ReadSystemRegister(Vcpu, SystemRegisterId.IccIar1);
            session.WriteSystemRegister(Vcpu, SystemRegisterId.IccEoir1, acknowledged);
            session.WriteRegister(RegisterPlace.At(new GuestAddress(0x0800_0420)), AccessSize.Word, 0x40);
            var mask = session.ReadRegister(RegisterPlace.At(new GuestAddress(0x0800_0420)), AccessSize.Word);
            return (message, raised, acknowledged, mask);
        });

        Assert.Equal(MsiOutcome.Pended, message.Outcome);
        Assert.Equal((true, (ulong)Guest.Lpi, 0x40ul), (raised, acknowledged, mask));
        Assert.False(session.Line(Vcpu).IrqAsserted);
        Assert.Equal([true, false], told.Select(line => line.IrqAsserted));
        Assert.Equal(2, session.VcpuCount);
    }

    [Fact]
    public async Task Line_that_somebody_else_raises_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        var raised = new TaskCompletionSource<VcpuLine>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { LineChanged = line => raised.TrySetResult(line) }, Cancellation).WithinLimit();

        var signalled = await Guest.SignalAsync(vm, 1);

        Assert.Equal(signalled.ChangedLines[0], await raised.Task.WithinLimit());
        Assert.Equal(signalled.ChangedLines[0], session.Line(new VcpuIndex(1)));
    }

    [Fact]
    public async Task Line_that_was_raised_before_is_told_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        await Guest.SignalAsync(vm, 1);
        var told = new List<VcpuLine>();

        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { LineChanged = told.Add }, Cancellation).WithinLimit();

        Assert.Equal((1u, true), (Assert.Single(told).Vcpu, told[0].IrqAsserted));
    }

    [Fact]
    public async Task End_of_a_level_sensitive_interrupt_is_told_before_its_answer_is_there()
    {
        const uint Spi = 33;
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        var ended = new List<EndOfInterrupt>();
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { InterruptEnded = ended.Add }, Cancellation).WithinLimit();

        var (acknowledged, raisedAgain, lowered) = await OnOneThreadAsync(() =>
        {
            session.WriteRegister(RegisterPlace.Named("GICD_IGROUPR1"), AccessSize.Natural, 2);
            session.WriteRegister(RegisterPlace.Named("GICD_ISENABLER1"), AccessSize.Natural, 2);
            session.SetLevels(new LineLevel { IntId = Spi, Asserted = true, NotifyAtEoi = true });
            var acknowledged = session.ReadSystemRegister(Vcpu, SystemRegisterId.IccIar1);
            session.WriteSystemRegister(Vcpu, SystemRegisterId.IccEoir1, acknowledged);
            var raisedAgain = ended.Count == 1 && session.Line(Vcpu).IrqAsserted;
            session.SetLevels(new LineLevel { IntId = Spi, Asserted = false });
            return (acknowledged, raisedAgain, !session.Line(Vcpu).IrqAsserted);
        });

        Assert.Equal((Spi, true, true), (acknowledged, raisedAgain, lowered));
        Assert.Equal(new EndOfInterrupt { IntId = Spi }, Assert.Single(ended));
    }

    [Fact]
    public async Task Refused_request_throws_as_a_unary_call_does_and_the_session_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        await using var session = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => session.ReadSystemRegisterAsync(
            new VcpuIndex(7), SystemRegisterId.IccIar1, Cancellation).WithinLimit());

        Assert.Equal((ErrorReason.OutOfRange, "0..1"), (refusal.Reason, refusal.Problems[0].Accepted));
        Assert.Equal(
            1023u, await session.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation).WithinLimit());
    }

    [Fact]
    public async Task Request_larger_than_a_message_is_refused_before_it_is_sent()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 1 << 17;
            options.Limits.MemoryAccessBytesMax = 1 << 16;
        });
        var vm = await Guest.BootAsync(server.Client, "live");
        await using var session = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();
        var data = Google.Protobuf.ByteString.CopyFrom(new byte[1 << 17]);

        Assert.Throws<ArgumentException>(() => session.Send(
            new VmmRequest { WriteMemory = new WriteMemoryAccess { Address = Guest.Data.Value, Data = data } }));

        Assert.Equal(
            1023u, await session.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation).WithinLimit());
    }

    [Fact]
    public async Task Many_large_answers_do_not_break_the_limit()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.UnreceivedAnswerBytesMax = 1 << 16);
        var vm = await Guest.BootAsync(server.Client, "live");
        await using var session = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => session.SendAsync(new VmmRequest
        {
            ReadMemory = new ReadMemoryAccess { Address = Guest.Data.Value, LengthBytes = 40_000 },
        }, Cancellation))).WithinLimit();

        Assert.All(answers, answer => Assert.Equal(40_000, answer.Data.Length));
    }

    [Fact]
    public async Task Request_whose_answer_meets_a_callback_that_fails_is_answered_nevertheless()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions { LineChanged = _ => throw new InvalidOperationException("mine") },
            Cancellation).WithinLimit();

        var answer = await session.SignalMsiAsync(
            new GuestAddress(Guest.Doorbell), Guest.Device, new EventId(0), Cancellation).WithinLimit();
        var end = await Assert.ThrowsAsync<VmmSessionEndedException>(() => session.Ended.WithinLimit());

        Assert.Equal(MsiOutcome.Pended, answer.Outcome);
        Assert.Equal(VmmSessionEnd.CallbackFailed, end.Cause);
    }

    [Fact]
    public async Task Session_that_nobody_gets_since_a_callback_failed_keeps_nobody_from_the_VM()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        await Guest.SignalAsync(vm, 0);

        await Assert.ThrowsAsync<VmmSessionEndedException>(() => vm.AttachAsync(
            new VmmSessionOptions { LineChanged = _ => throw new InvalidOperationException("mine") },
            Cancellation).WithinLimit());

        await using var session = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();
        Assert.True(session.Line(Vcpu).IrqAsserted);
    }

    [Fact]
    public async Task Callback_cannot_wait_for_its_own_session()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        VmmSession? own = null;
        var session = await vm.AttachAsync(
            new VmmSessionOptions { LineChanged = _ => own!.ReadSystemRegister(Vcpu, SystemRegisterId.IccIar1) },
            Cancellation).WithinLimit();
        own = session;

        await Guest.SignalAsync(vm, 0);
        var end = await Assert.ThrowsAsync<VmmSessionEndedException>(() => session.Ended.WithinLimit());

        Assert.Equal(VmmSessionEnd.CallbackFailed, end.Cause);
        Assert.IsType<InvalidOperationException>(end.InnerException);
        session.Dispose();
    }

    [Fact]
    public async Task Second_session_is_refused_and_one_that_takes_over_ends_the_first()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        await using var first = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.AttachAsync(cancellationToken: Cancellation).WithinLimit());
        await using var second = await vm.AttachAsync(
            new VmmSessionOptions { TakeOver = true }, Cancellation).WithinLimit();
        var end = await Assert.ThrowsAsync<VmmSessionEndedException>(() => first.Ended.WithinLimit());

        Assert.Equal(ErrorReason.SessionHeld, refusal.Reason);
        Assert.Equal(VmmSessionEnd.TakenOver, end.Cause);
        await Assert.ThrowsAsync<VmmSessionEndedException>(
            () => first.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation));
    }

    [Fact]
    public async Task Deleted_vm_ends_the_session_and_whoever_waits()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        await using var session = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();
        await vm.PauseAsync(Cancellation).WithinLimit();
        var waiting = session.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation);

        await vm.DeleteAsync(Cancellation).WithinLimit();

        var end = await Assert.ThrowsAsync<VmmSessionEndedException>(() => waiting.WithinLimit());
        Assert.Equal(VmmSessionEnd.VmGone, end.Cause);
    }

    [Fact]
    public async Task Detached_vm_is_free_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        var first = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();
        var last = first.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation);

        await first.DetachAsync().WithinLimit();

        Assert.Equal(1023u, await last.WithinLimit());
        await using var second = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();
    }

    [Fact]
    public async Task Session_whose_service_stays_away_ends_with_its_lease()
    {
        var server = await TestServer.StartAsync();
        var spec = Guest.Spec();
        spec.Lease = new SessionLease { DurationMs = 300 };
        using var client = ItsClient.Connect(server.Url);
        var vm = await client.CreateVmAsync("live", spec, Cancellation).WithinLimit();
        var session = await vm.AttachAsync(cancellationToken: Cancellation).WithinLimit();

        await server.DisposeAsync();
        var end = await Assert.ThrowsAsync<VmmSessionEndedException>(() => session.Ended.WithinLimit());

        Assert.Equal(TimeSpan.FromMilliseconds(300), session.Lease);
        Assert.True(end.Cause == VmmSessionEnd.LeaseOver, $"{end}");
        session.Dispose();
    }

    [Fact]
    public async Task Stream_that_is_broken_off_again_and_again_is_made_anew()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "live");
        HttpContext? present = null;
        server.Arriving.BeforeNext("its.v1.Vmm/Attach", request => present = request);
        await using var session = await vm.AttachAsync(
            new VmmSessionOptions
            {
                ConnectionLost = _ =>
                    server.Arriving.BeforeNext("its.v1.Vmm/Attach", request => present = request),
            },
            Cancellation).WithinLimit();

        for (var round = 0u; round < 20; round++)
        {
            await session.WriteRegisterAsync(
                RegisterPlace.Named("GICD_IPRIORITYR8"),
                AccessSize.Natural,
                round * 8,
                cancellationToken: Cancellation).WithinLimit();
            present!.Abort();
            Assert.Equal(round * 8, await session.ReadRegisterAsync(
                RegisterPlace.Named("GICD_IPRIORITYR8"), AccessSize.Natural, Cancellation).WithinLimit());
        }
    }

    private static Task<T> OnOneThreadAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).WithinLimit();
}
