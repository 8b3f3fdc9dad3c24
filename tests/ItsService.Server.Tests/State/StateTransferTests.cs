using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Submissions;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State;

/// <summary>The way of a state through the API: shapes, limits, and what a restore does to others.</summary>
public class StateTransferTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_difference_in_shape_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);
        var saved = await server.Tcp.SaveAsync(guest.Name);
        var spec = GuestMap.Spec(vcpuCount: 1, itsCount: 1);
        spec.Vcpus[0].Affinity = 0x0102;
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var other = await server.Tcp.CreateVmAsync(
            new CreateVmRequest { VmId = "other", Spec = spec, StartPaused = true });
        var before = await server.Tcp.SaveAsync(other.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreAsync(other.Name, saved.Blob));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal(
            [
                "shape.its_count", "shape.vcpu_count", "shape.affinities[0]",
                "shape.profile_values[command_error_policy]",
            ],
            refusal.Details.Select(detail => detail.Field));
        Assert.Equal(["1", "1", "0x102", "Stall"], refusal.Details.Select(detail => detail.Accepted));
        Assert.Equal(before.Blob, (await server.Tcp.SaveAsync(other.Name)).Blob);
    }

    [Fact]
    public async Task Running_vm_is_not_restored()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var saved = await server.Tcp.SaveAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, saved.Blob));

        new Expected(StatusCode.FailedPrecondition, ErrorReason.WrongState, "")
        {
            Resource = guest.Name,
            KvmErrno = 16,
            Accepted = "Paused",
        }.AssertMet(refusal);
    }

    [Fact]
    public async Task Commands_that_wait_for_their_result_end_when_their_queue_is_replaced()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var before = await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name, OmitTables = true });
        var submitted = await SlowQueue.StartAsync(guest, Cancellation);
        await server.Tcp.PauseAsync(guest.Name);

        await server.Tcp.RestoreAsync(guest.Name, before.Blob);

        var last = (await submitted.WithinLimit()).Results[^1];
        Assert.Equal(CommandOutcome.NotExecutedRestored, last.Outcome);
        Assert.Contains("saved state", last.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_that_is_larger_than_the_limit_is_neither_sent_nor_taken()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.SavedStateBytesMax = 64 << 10);
        // 57,344 pending LPIs.
        var large = await SlowQueue.BootAsync(server.Tcp, "large");

        var save = await Refusal.OfAsync(() => server.Tcp.SaveAsync(large.Name));
        var restore = await Refusal.OfAsync(() => RestoreAsync(server.Tcp, large.Name, (64 << 10) + 1));

        var expected = new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "state")
        {
            Resource = large.Name,
            Accepted = "65536",
        };
        expected.AssertMet(save);
        expected.AssertMet(restore);
    }

    [Fact]
    public async Task One_transfer_too_many_is_refused_until_another_ends()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.StateTransfersMax = 1);
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var saved = await server.Tcp.SaveAsync(guest.Name);
        var first = await BeginRestoreAsync(server, guest);

        Refusal refusal;
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            // The first call may not have been read yet.
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "it is never refused");
            try
            {
                await server.Tcp.SaveAsync(guest.Name);
            }
            catch (RpcException failure)
            {
                refusal = Refusal.Of(failure);
                break;
            }

            if (first.ResponseAsync.IsFaulted)
            {
                // It came while a save was under way, and was the one too many.
                first.Dispose();
                first = await BeginRestoreAsync(server, guest);
            }
        }

        Assert.Equal((ErrorReason.LimitExceeded, ""), (refusal.Detail.Reason, refusal.Detail.Field));
        await first.RequestStream.WriteAsync(
            new RestoreRequest { Chunk = Google.Protobuf.ByteString.CopyFrom(saved.Blob) }, Cancellation).WithinLimit();
        await first.RequestStream.CompleteAsync().WithinLimit();
        Assert.Equal(saved.Summary, (await first.ResponseAsync.WithinLimit()).Summary);
        Assert.Equal(saved.Blob, (await server.Tcp.SaveAsync(guest.Name)).Blob);
        first.Dispose();
    }

    [Fact]
    public async Task Restore_that_is_not_sent_does_not_keep_the_service_from_stopping()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("nothing is set up", server, server.Tcp);
        using var call = server.Tcp.State.Restore(cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new RestoreRequest { Vm = guest.Name }, Cancellation).WithinLimit();
        await server.Requests.UntilAsync(1);

        await server.StopAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinLimit());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Theory]
    [InlineData("", ErrorReason.Required)]
    [InlineData("vms/nobody", ErrorReason.VmNotFound)]
    public async Task Vm_must_be_named_and_there(string name, ErrorReason reason)
    {
        await using var server = await TestServer.StartAsync();

        var save = await Refusal.OfAsync(() => server.Tcp.SaveAsync(name));
        var restore = await Refusal.OfAsync(() => RestoreAsync(server.Tcp, name, length: 0));

        Assert.Equal((reason, "vm"), (save.Detail.Reason, save.Detail.Field));
        Assert.Equal((reason, "vm"), (restore.Detail.Reason, restore.Detail.Field));
    }

    [Fact]
    public async Task Tables_in_guest_memory_are_written_unless_they_are_left_out()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.MapDeviceAsync(device: 1, eventCount: 3, firstLpi: 8192);
        await guest.SignalAsync(device: 1, eventId: 0);

        await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name, OmitTables = true });
        var omitted = await guest.ReadMemoryAsync(GuestMap.TranslationTable(0, 1), 24);
        await server.Tcp.SaveAsync(guest.Name);
        var written = await guest.ReadMemoryAsync(GuestMap.TranslationTable(0, 1), 24);
        var pending = await guest.ReadMemoryAsync(GuestMap.PendingTable(0) + (8192 / 8), 1);

        Assert.All(omitted, value => Assert.Equal(0, value));
        // next in [63:48], pINTID in [47:16], ICID in [15:0].
        Assert.Equal(
            GuestMap.Doublewords(0x0001_0000_2000_0000, 0x0001_0000_2001_0000, 0x0000_0000_2002_0000), written);
        Assert.Equal(1, Assert.Single(pending));
    }

    [Fact]
    public async Task Table_that_cannot_be_written_refuses_the_save_and_the_vm_runs_on()
    {
        await using var server = await TestServer.StartAsync();
        const ulong OtherRam = 0x2000_0000;
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest
        {
            Name = guest.Name,
            AddRegions = { GuestMap.Region(OtherRam, 0x1_0000) },
        });
        await guest.RunAsync(
            ItsCommand.MapDevice(1, 2, OtherRam), ItsCommand.MapEvent(1, 0, 8192, 0), ItsCommand.Sync(0));
        await server.Tcp.SaveAsync(guest.Name);
        await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest { Name = guest.Name, RemoveBases = { OtherRam } });

        var refusal = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name));

        Assert.Equal(
            (ErrorReason.NotSaveable, "its[0].device[0x1]"), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
    }

    [Fact]
    public async Task Large_state_comes_and_goes_in_many_messages()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 64 << 10;
            options.Limits.MemoryAccessBytesMax = 60_000;
            options.Limits.MsiBatchRecordsMax = 1024;
        });
        var vm = await SlowQueue.BootAsync(server.Tcp, "large");

        var saved = await server.Tcp.SaveAsync(new SaveRequest { Vm = vm.Name, StayPaused = true });

        Assert.True(saved.Blob.Length > 64 << 10, $"{saved.Blob.Length} bytes are too few for this test");
        await server.Tcp.RestoreAsync(vm.Name, saved.Blob, chunkBytes: 32 << 10);
        Assert.Equal(saved.Blob, (await server.Tcp.SaveAsync(vm.Name)).Blob);
        Assert.Equal("ITSSTATE"u8, saved.Blob.AsSpan(0, 8));
        Assert.Equal(StateEnvelope.Version, BitConverter.ToUInt32(saved.Blob, 8));
    }

    /// <summary>The service may answer before all of it is sent.</summary>
    private static async Task RestoreAsync(Api api, string vm, int length)
    {
        using var call = api.State.Restore(cancellationToken: Cancellation);
        var chunk = Google.Protobuf.ByteString.CopyFrom(new byte[length]);
        await call.RequestStream.WriteAsync(new RestoreRequest { Vm = vm, Chunk = chunk }, Cancellation).WithinLimit();
        await call.ResponseAsync.WithinLimit();
    }

    private static async Task<AsyncClientStreamingCall<RestoreRequest, RestoreResponse>> BeginRestoreAsync(
        TestServer server, Guest guest)
    {
        var call = server.Tcp.State.Restore(cancellationToken: Cancellation);
        try
        {
            await call.RequestStream.WriteAsync(new RestoreRequest { Vm = guest.Name }, Cancellation).WithinLimit();
        }
        catch (RpcException)
        {
            // It was refused already, which its answer tells as well.
        }

        return call;
    }
}
