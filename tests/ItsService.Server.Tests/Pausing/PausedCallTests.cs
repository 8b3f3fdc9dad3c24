using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Pausing;

/// <summary>Guest accesses and messages that meet a Paused VM wait; none of them has happened until Resume.</summary>
public class PausedCallTests
{
    private const uint Device = 2;
    private const uint Lpi = 8192;
    private const uint Spi = 40;
    private const ulong OtherMask = 0x88;

    /// <summary>The calls that wait.</summary>
    public enum Waiting
    {
        /// <summary>Registers.Read.</summary>
        Read,

        /// <summary>Registers.Write.</summary>
        Write,

        /// <summary>Registers.ReadSystemRegister, of ICC_IAR1_EL1.</summary>
        Acknowledge,

        /// <summary>Registers.WriteSystemRegister.</summary>
        WriteSystemRegister,

        /// <summary>Registers.Batch.</summary>
        Batch,

        /// <summary>Commands.Submit.</summary>
        Submit,

        /// <summary>Interrupts.SignalMsi to an ITS.</summary>
        Message,

        /// <summary>Interrupts.SignalMsi to an address.</summary>
        Doorbell,

        /// <summary>Interrupts.SetLevels.</summary>
        Levels,
    }

    public static TheoryData<Waiting> Calls => [.. Enum.GetValues<Waiting>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_waits_for_resume_and_then_happens(Waiting call)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);

        var pending = Start(guest, call, Cancellation);
        await server.Requests.UntilAsync(1);
        var seen = await guest.DescribeAsync();
        Assert.False(pending.IsCompleted, "a call to a Paused VM ended");
        Assert.Equal(VmState.Paused, seen.State);
        await guest.Api.ResumeAsync(guest.Name);
        await pending.WithinLimit();

        Assert.True(await HasHappenedAsync(guest, call), "the call that waited did nothing");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_whose_deadline_passes_has_done_nothing(Waiting call)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);

        var pending = Start(guest, call, Cancellation, DateTime.UtcNow.AddMilliseconds(300));
        var error = await Assert.ThrowsAsync<RpcException>(() => pending.WithinLimit());
        await server.Requests.UntilAsync(0);
        await guest.Api.ResumeAsync(guest.Name);

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.False(call != Waiting.Read && await HasHappenedAsync(guest, call), "the call has taken effect");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Cancelled_call_has_done_nothing(Waiting call)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var pending = Start(guest, call, cancellation.Token);
        await server.Requests.UntilAsync(1);
        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => pending.WithinLimit());
        await server.Requests.UntilAsync(0);
        await guest.Api.ResumeAsync(guest.Name);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.False(call != Waiting.Read && await HasHappenedAsync(guest, call), "the call has taken effect");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Deletion_ends_the_calls_that_wait(Waiting call)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);

        var pending = Start(guest, call, Cancellation);
        await server.Requests.UntilAsync(1);
        await guest.Api.DeleteVmAsync(guest.Name);
        var refusal = await Refusal.OfAsync(() => pending.WithinLimit());

        Assert.Equal(StatusCode.NotFound, refusal.Code);
        Assert.Equal(ErrorReason.VmNotFound, refusal.Detail.Reason);
        Assert.Equal(guest.Name, refusal.Detail.Resource);
    }

    [Fact]
    public async Task Shutdown_ends_the_calls_that_wait()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);

        var pending = Enum.GetValues<Waiting>().Select(call => Start(guest, call, Cancellation)).ToArray();
        await server.Requests.UntilAsync(pending.Length);
        await server.StopAsync();

        foreach (var call in pending)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => call.WithinLimit());
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        }
    }

    [Fact]
    public async Task Malformed_call_to_a_paused_vm_is_refused_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);

        var refusal = await Refusal.OfAsync(() => guest.ReadAsync("GITS_TYPER", sizeBytes: 3));

        Assert.Equal(ErrorReason.OutOfRange, refusal.Detail.Reason);
    }

    [Fact]
    public async Task Calls_of_one_connection_wait_without_holding_up_another_vm()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootPausedAsync(server);
        var other = await Guest.CreateAsync(server.Tcp, "other");

        var pending = Enumerable.Range(0, 200).Select(_ => Start(guest, Waiting.Message, Cancellation)).ToArray();
        for (var round = 0; round < 20; round++)
        {
            Assert.Equal(0x1EF71u, await other.Over(server.UnixSocket).ReadAsync("GITS_TYPER"));
        }

        Assert.DoesNotContain(pending, call => call.IsCompleted);
        await guest.Over(server.UnixSocket).Api.ResumeAsync(guest.Name);
        await Task.WhenAll(pending).WithinLimit();
    }

    private static async Task<Guest> BootPausedAsync(TestServer server)
    {
        var guest = await Guest.BootAsync(server.Tcp, "gate");
        await guest.MapDeviceAsync(Device, eventCount: 2, firstLpi: Lpi);
        await guest.SignalAsync(Device, 1);
        await guest.Api.PauseAsync(guest.Name);
        await server.Requests.UntilAsync(0);
        return guest;
    }

    private static Task Start(Guest guest, Waiting call, CancellationToken cancellation, DateTime? deadline = null)
    {
        var options = new CallOptions(deadline: deadline, cancellationToken: cancellation);
        var (api, vm) = (guest.Api, guest.Name);
        return call switch
        {
            Waiting.Read => api.Registers.ReadAsync(
                new ReadRegisterRequest { Vm = vm, Target = Guest.Register("GITS_TYPER") }, options).ResponseAsync,
            Waiting.Write => api.Registers.WriteAsync(
                new WriteRegisterRequest { Vm = vm, Target = Guest.Register("GITS_CTLR"), Value = 0 },
                options).ResponseAsync,
            Waiting.Acknowledge => api.Registers.ReadSystemRegisterAsync(
                new ReadSystemRegisterRequest { Vm = vm, Target = Guest.SystemRegister("ICC_IAR1_EL1") },
                options).ResponseAsync,
            Waiting.WriteSystemRegister => api.Registers.WriteSystemRegisterAsync(
                new WriteSystemRegisterRequest
                {
                    Vm = vm,
                    Target = Guest.SystemRegister("ICC_PMR_EL1"),
                    Value = OtherMask,
                },
                options).ResponseAsync,
            Waiting.Batch => api.Registers.BatchAsync(
                new BatchRequest
                {
                    Vm = vm,
                    Accesses =
                    {
                        new Access
                        {
                            WriteMemory = new WriteMemoryAccess
                            {
                                Address = GuestMap.DataArea, Data = ByteString.CopyFromUtf8("!"),
                            },
                        },
                        new Access { Read = new ReadAccess { Target = Guest.Register("GITS_TYPER") } },
                    },
                },
                options).ResponseAsync,
            Waiting.Submit => api.Commands.SubmitAsync(
                guest.Submission([ItsCommand.Interrupt(Device, 0).Raw]), options).ResponseAsync,
            Waiting.Message => api.Interrupts.SignalMsiAsync(guest.Message(Device, 0), options).ResponseAsync,
            Waiting.Levels => api.Interrupts.SetLevelsAsync(
                new SetLevelsRequest { Vm = vm, Levels = { LineLevels.High(Spi) } }, options).ResponseAsync,
            _ => api.Interrupts.SignalMsiAsync(
                new SignalMsiRequest
                {
                    Vm = vm,
                    Doorbell = new DoorbellMsi { Address = GuestMap.Doorbell(), Data = 0, DeviceId = Device },
                },
                options).ResponseAsync,
        };
    }

    /// <summary>Whether the call's effect is there, in a VM that runs.</summary>
    private static async Task<bool> HasHappenedAsync(Guest guest, Waiting call) => call switch
    {
        Waiting.Read => true,
        Waiting.Write => (await guest.ReadAsync("GITS_CTLR") & 1) == 0,
        Waiting.Acknowledge => (await PendingAsync(guest)).Length == 0,
        Waiting.WriteSystemRegister => (await guest.ReadSystemAsync(0, "ICC_PMR_EL1")).Value == OtherMask,
        Waiting.Batch => (await guest.ReadMemoryAsync(GuestMap.DataArea, 1))[0] != 0,
        Waiting.Levels => await guest.GetAttributeAsync(AttributeCalls.Lines(0, 32)) != 0,
        _ => (await PendingAsync(guest)).Contains(Lpi),
    };

    private static async Task<uint[]> PendingAsync(Guest guest) =>
        [.. (await guest.DumpAsync())
            .Where(entry => entry.KindCase == TableEntry.KindOneofCase.PendingLpi)
            .Select(entry => entry.PendingLpi.IntId)];
}
