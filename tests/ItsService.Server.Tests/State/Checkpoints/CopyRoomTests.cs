using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Specs;
using ItsService.Server.Telemetry;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Submissions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>
/// Room for the copy of a VM's memory: taken before the VM is changed for its checkpoint, and given back whatever
/// becomes of it.
/// </summary>
public class CopyRoomTests
{
    private const int PageBytes = 4096;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checkpoint_without_room_leaves_staged_what_was_staged()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.HostedMemoryBytesMax = 12 * PageBytes);
        var guest = await Guest.BootWithoutLpisAsync(server.Tcp, "guest");
        var other = await Guest.CreateAsync(server.Tcp, "other");
        await WriteAsync(guest, pageCount: 5);
        await WriteAsync(other, pageCount: 4);
        await server.Tcp.PauseAsync(guest.Name);
        await StagedRegister.WriteAsync(server, guest, StagedRegister.Creadr, 0);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(guest.Name));

        Assert.Equal((ErrorReason.LimitExceeded, guest.Name), (refusal.Detail.Reason, refusal.Detail.Resource));
        Assert.True(await StagedRegister.IsAnyAsync(server, guest));
        await server.Tcp.DeleteVmAsync(other.Name);
        await server.Tcp.CheckpointAsync(guest.Name);
        Assert.False(await StagedRegister.IsAnyAsync(server, guest));
    }

    [Fact]
    public async Task Commands_that_a_refused_entry_has_ended_are_answered()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        await server.Tcp.PauseAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() =>
            server.Host(guest.Name).EnterAsync<CommitAndRefuse, Done>(default, Cancellation).AsTask());

        Assert.Equal(ErrorReason.LimitExceeded, refusal.Detail.Reason);
        Assert.Equal(CommandOutcome.NotExecutedRestored, (await submitted.WithinLimit()).Results[^1].Outcome);
    }

    [Fact]
    public async Task Room_that_nobody_gets_since_the_vm_is_faulted_is_given_back()
    {
        await using var server = await TestServer.StartAsync();
        var limits = new ItsServerLimits { HostedMemoryBytesMax = 32 * PageBytes };
        var surroundings = new VmSurroundings(
            limits, NullLogger<VmHost>.Instance, new FailingOnce(),
            server.Services.GetRequiredService<IHostApplicationLifetime>(),
            server.Services.GetRequiredService<SharedMemoryDirectory>(),
            server.Services.GetRequiredService<Instruments>(),
            new ItsServerOptions());
        var plan = VmSpecReader.Read(GuestMap.Spec(), limits, new RequestProblems(""))!;
        var host = new VmHost("vms/guest", plan, startPaused: false, surroundings);

        var refusal = await Refusal.OfAsync(() =>
            host.EnterAsync<TakeRoomAndErr, CopyRoom>(default, Cancellation).AsTask());

        Assert.Equal(ErrorReason.VmFaulted, refusal.Detail.Reason);
        await host.DeleteAsync(Cancellation);
        Assert.True(surroundings.Memory.TryTake(32), "the room was not given back");
    }

    private static Task<WriteMemoryResponse> WriteAsync(Guest guest, int pageCount) => guest.WriteMemoryAsync(
        GuestMap.DataArea, ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, pageCount * PageBytes)]));

    private readonly struct CommitAndRefuse : IVmOperation<Done>
    {
        public Done Run(VmContent vm)
        {
            vm.Gic.Userspace.WriteItsRegister(0, StagedRegister.Creadr, 0);
            Assert.Empty(vm.Gic.Userspace.Commit().Problems);
            throw Errors.Refusal.Of("", new Problem(ErrorReason.LimitExceeded, "", "no room"));
        }
    }

    /// <summary>Takes room, and leaves a mistake that must be given its time.</summary>
    private readonly struct TakeRoomAndErr : IVmOperation<CopyRoom>
    {
        public CopyRoom Run(VmContent vm)
        {
            Assert.True(vm.Memory.Hosted.TryWriteAnyRegion(new(GuestMap.DataArea), new byte[] { 1 }));
            vm.Gic.SignalMsi(0, new(1), new(99));
            return vm.Memory.Hosted.TryTakeRoom()!;
        }
    }

    private sealed class FailingOnce : TimeProvider
    {
        private int _askedCount;

        public override DateTimeOffset GetUtcNow() => _askedCount++ == 0
            ? throw new InvalidOperationException("the clock stands")
            : DateTimeOffset.UnixEpoch;
    }
}
