using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>What all VMs, or all callers, have together.</summary>
public class ServerWideLimitTests
{
    private const uint PageBytes = 4096;

    private static readonly ByteString FourPages =
        ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 4 * (int)PageBytes)]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosted_memory_of_all_vms_is_bounded()
    {
        await using var server = await StartWithSixPagesAsync();
        var (first, second) = await CreateTwoAsync(server.Tcp);
        await first.WriteMemoryAsync(GuestMap.RamBase, FourPages);

        var refusal = await Refusal.OfAsync(() => second.WriteMemoryAsync(GuestMap.RamBase, FourPages));

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
        Assert.Equal((second.Name, "data"), (refusal.Detail.Resource, refusal.Detail.Field));
        Assert.Contains($"{6 * PageBytes}", refusal.Detail.Accepted, StringComparison.Ordinal);
        Assert.Equal(0, (await second.ReadMemoryAsync(GuestMap.RamBase, 1))[0]);
        // What there is already can be written again, and a refused write has taken nothing.
        await first.WriteMemoryAsync(GuestMap.RamBase, FourPages);
        await second.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(new byte[] { 2 }));
        await second.WriteMemoryAsync(GuestMap.RamBase + PageBytes, ByteString.CopyFrom(new byte[] { 2 }));
        await Refusal.OfAsync(() =>
            first.WriteMemoryAsync(GuestMap.RamBase + (4 * PageBytes), ByteString.CopyFrom(new byte[] { 2 })));
    }

    [Fact]
    public async Task Batch_that_needs_more_memory_than_is_left_does_nothing()
    {
        await using var server = await StartWithSixPagesAsync();
        var (first, second) = await CreateTwoAsync(server.Tcp);
        await first.WriteMemoryAsync(GuestMap.RamBase, FourPages);
        var batch = new BatchRequest
        {
            Vm = second.Name,
            Accesses = { Enumerable.Range(0, 3).Select(page => OneByte(GuestMap.RamBase + ((ulong)page * PageBytes))) },
        };

        var refusal = await Refusal.OfAsync(() => second.Api.BatchAsync(batch));
        batch.Accesses.RemoveAt(2);
        await second.Api.BatchAsync(batch);

        Assert.Equal((StatusCode.ResourceExhausted, "accesses"), (refusal.Code, refusal.Detail.Field));
        Assert.Equal(2, (await second.ReadMemoryAsync(GuestMap.RamBase + PageBytes, 1))[0]);
    }

    [Fact]
    public async Task Deleted_vm_and_removed_region_give_their_memory_to_others()
    {
        await using var server = await StartWithSixPagesAsync();
        for (var round = 0; round < 3; round++)
        {
            var (first, second) = await CreateTwoAsync(server.Tcp);
            await first.WriteMemoryAsync(GuestMap.RamBase, FourPages);
            await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest
            {
                Name = first.Name,
                RemoveBases = { GuestMap.RamBase },
            });
            await second.WriteMemoryAsync(GuestMap.RamBase, FourPages);
            await server.Tcp.DeleteVmAsync(first.Name);
            await server.Tcp.DeleteVmAsync(second.Name);
        }
    }

    [Fact]
    public async Task Guest_finds_memory_beyond_the_limit_unwritable()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits.HostedMemoryBytesMax = 32 * PageBytes);
        var guest = await Guest.BootWithoutLpisAsync(server.Tcp, "guest");
        for (var page = 0u; page < 32; page++)
        {
            await guest.WriteMemoryAsync(GuestMap.DataArea + (page * PageBytes), ByteString.CopyFrom(new byte[] { 1 }));
        }

        var refusal = await Refusal.OfAsync(() => guest.SubmitAsync(ItsCommand.Sync(0).Raw));

        Assert.Equal((StatusCode.ResourceExhausted, "commands"), (refusal.Code, refusal.Detail.Field));
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.Equal(0u, await guest.ReadAsync("GITS_CWRITER"));
    }

    [Fact]
    public async Task One_call_too_many_to_a_paused_vm_is_refused_and_has_not_happened()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.WaitingCallsPerVmMax = 2);
        var guest = await Guest.BootAsync(server.Tcp, "patient");
        await guest.MapDeviceAsync(device: 1, eventCount: 3, firstLpi: 8192);
        await guest.Api.PauseAsync(guest.Name);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var host = server.Host(guest.Name);
        await server.Requests.UntilAsync(0);

        var givesUp = guest.Api.Interrupts.SignalMsiAsync(
            guest.Message(1, 0), cancellationToken: cancellation.Token).ResponseAsync;
        var waits = guest.SignalAsync(device: 1, eventId: 1);
        await host.UntilWaitingAsync(2);
        var refusal = await Refusal.OfAsync(() => guest.SignalAsync(device: 1, eventId: 2));
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => givesUp.WithinLimit());
        await host.UntilWaitingAsync(1);
        var inItsPlace = guest.SignalAsync(device: 1, eventId: 2);
        await host.UntilWaitingAsync(2);
        await guest.Api.ResumeAsync(guest.Name);

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
        Assert.Contains("2", refusal.Detail.Accepted, StringComparison.Ordinal);
        Assert.Equal(MsiOutcome.Pended, (await waits.WithinLimit()).Result.Outcome);
        Assert.Equal(MsiOutcome.Pended, (await inItsPlace.WithinLimit()).Result.Outcome);
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(device: 1, eventId: 0)).Result.Outcome);
    }

    [Fact]
    public async Task Rest_of_a_batch_may_wait_where_no_further_call_may()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.WaitingCallsPerVmMax = 1);
        var guest = await Guest.CreateAsync(server.Tcp, "patient");
        var host = server.Host(guest.Name);
        await guest.Api.PauseAsync(guest.Name);
        var waits = guest.ReadAsync("GITS_TYPER");
        await host.UntilWaitingAsync(1);

        var rest = host.EnterRunningAsync<ResetOperation, Done>(default, Cancellation, goesOn: true).AsTask();
        await Refusal.OfAsync(() =>
            host.EnterRunningAsync<ResetOperation, Done>(default, Cancellation, goesOn: false).AsTask());
        await guest.Api.ResumeAsync(guest.Name);

        await rest.WithinLimit();
        Assert.Equal(0x1EF71u, await waits.WithinLimit());
    }

    [Fact]
    public async Task One_dump_too_many_is_refused_until_another_has_ended()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.DumpsMax = 1);
        var (first, second) = await CreateTwoAsync(server.Tcp);
        await using var held = await HeldGate.HoldAsync(server.Host(first.Name));
        var waiting = first.DumpAsync();
        await server.Host(first.Name).UntilInLineAsync(1);

        var refusal = await Refusal.OfAsync(second.DumpAsync);
        await held.ReleaseAsync();

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
        Assert.Equal(second.Name, refusal.Detail.Resource);
        Assert.NotEmpty(await waiting.WithinLimit());
        await server.Requests.UntilAsync(0);
        Assert.NotEmpty(await second.DumpAsync());
    }

    [Fact]
    public async Task Abandoned_dump_gives_its_turn_to_another()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.DumpsMax = 1);
        var (first, second) = await CreateTwoAsync(server.Tcp);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var held = await HeldGate.HoldAsync(server.Host(first.Name));
        using (var call = server.Tcp.Inspect.DumpTables(
            new DumpTablesRequest { Vm = first.Name }, cancellationToken: cancellation.Token))
        {
            await server.Host(first.Name).UntilInLineAsync(1);
            await cancellation.CancelAsync();
            await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNextWithinLimit());
        }

        await server.Requests.UntilAsync(0);
        Assert.NotEmpty(await second.DumpAsync());
    }

    [Fact]
    public async Task One_connection_too_many_is_closed_until_another_ends()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.ConnectionsMax = 2);
        using var kept = await ConnectAsync(server);
        using (var ended = await ConnectAsync(server))
        {
            Assert.True(await IsServedAsync(kept) && await IsServedAsync(ended), "a connection within the limit");
            using var tooMany = await ConnectAsync(server);
            Assert.False(await IsServedAsync(tooMany), "a connection beyond the limit is served");
        }

        // The server notices the end in its own time.
        var startedAt = TimeProvider.System.GetTimestamp();
        bool isServed;
        do
        {
            using var next = await ConnectAsync(server);
            isServed = await IsServedAsync(next);
        }
        while (!isServed && TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit);
        Assert.True(isServed, "no connection is served in place of the one that ended");
    }

    private static Task<TestServer> StartWithSixPagesAsync() =>
        TestServer.StartAsync(options => options.Limits.HostedMemoryBytesMax = 6 * PageBytes);

    private static async Task<(Guest First, Guest Second)> CreateTwoAsync(Api api) =>
        (await Guest.CreateAsync(api, "first"), await Guest.CreateAsync(api, "second"));

    private static Access OneByte(ulong address) => new()
    {
        WriteMemory = new WriteMemoryAccess { Address = address, Data = ByteString.CopyFrom(new byte[] { 2 }) },
    };

    private static async Task<TcpClient> ConnectAsync(TestServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Cancellation);
        return client;
    }

    /// <summary>Whether the server answers the preface of HTTP/2 and an empty SETTINGS frame.</summary>
    private static async Task<bool> IsServedAsync(TcpClient client)
    {
        byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];
        try
        {
            await client.GetStream().WriteAsync(preface, Cancellation);
            return await client.GetStream().ReadAsync(new byte[1], Cancellation).AsTask().WithinLimit() > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
