using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Concurrency;

/// <summary>Pausing, dumping, deleting and stopping while others call.</summary>
public class ControlUnderLoadTests
{
    private const uint Device = 3;
    private const uint EventCount = 32;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_message_is_answered_once_however_often_the_vm_is_paused()
    {
        const int Senders = 6;
        const int MessagesEach = 150;
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var outcomes = new List<MsiOutcome>();
            for (var message = 0; message < MessagesEach; message++)
            {
                var eventId = (uint)(sender + message) % EventCount;
                outcomes.Add((await guest.SignalAsync(Device, eventId)).Result.Outcome);
            }

            return outcomes;
        }, Cancellation)).ToArray();
        var sending = Task.WhenAll(senders);
        while (!sending.IsCompleted)
        {
            Assert.Equal(VmState.Paused, (await guest.Over(server.UnixSocket).Api.PauseAsync(guest.Name)).State);
            Assert.Equal(VmState.Running, (await guest.Over(server.UnixSocket).Api.ResumeAsync(guest.Name)).State);
        }

        var outcomes = (await sending.WithinLimit()).SelectMany(each => each).ToList();
        Assert.Equal(Senders * MessagesEach, outcomes.Count);
        Assert.Equal((int)EventCount, outcomes.Count(outcome => outcome == MsiOutcome.Pended));
        Assert.Equal(outcomes.Count - (int)EventCount, outcomes.Count(outcome => outcome == MsiOutcome.Coalesced));
    }

    [Fact]
    public async Task Dump_under_load_shows_one_instant()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var dumpsDone = new CancellationTokenSource();

        var churn = Task.Run(async () =>
        {
            for (var round = 0u; !dumpsDone.IsCancellationRequested; round++)
            {
                await guest.SignalAsync(Device, round % EventCount);
                await guest.RunAsync(
                    ItsCommand.MapEvent(Device, 100 + (round % 50), 9000 + (round % 50), collection: 1),
                    ItsCommand.Discard(Device, 100 + ((round + 25) % 50)));
                await guest.AcknowledgeAsync(round % 2);
            }
        }, Cancellation);
        for (var round = 0; round < 60; round++)
        {
            AssertCountsAgree(await guest.Over(server.UnixSocket).DumpAsync());
        }

        await dumpsDone.CancelAsync();
        await churn.WithinLimit();
    }

    [Fact]
    public async Task Vm_is_deleted_in_the_middle_of_a_long_queue()
    {
        await using var server = await TestServer.StartAsync(RunFewInline);
        var guest = await StartLongQueueAsync(server.Tcp);

        await server.Tcp.DeleteVmAsync(guest.Name);

        var error = await Assert.ThrowsAsync<RpcException>(() => guest.ReadAsync("GITS_CREADR"));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal(0u, await (await Guest.CreateAsync(server.Tcp, "loaded")).ReadAsync("GITS_CREADR"));
    }

    [Fact]
    public async Task Reset_in_the_middle_of_a_long_queue_forgets_the_rest()
    {
        await using var server = await TestServer.StartAsync(RunFewInline);
        var guest = await StartLongQueueAsync(server.Tcp);

        await server.Tcp.ResetVmAsync(guest.Name);

        Assert.Equal(0u, await guest.ReadAsync("GITS_CBASER"));
        Assert.Equal(0u, await guest.ReadAsync("GITS_CREADR"));
        Assert.DoesNotContain(await guest.DumpAsync(), entry => entry.KindCase == TableEntry.KindOneofCase.Device);
    }

    [Fact]
    public async Task Server_stops_in_the_middle_of_a_long_queue()
    {
        await using var server = await TestServer.StartAsync(RunFewInline);
        await StartLongQueueAsync(server.Tcp);

        await server.StopAsync();
    }

    [Fact]
    public async Task Call_in_flight_when_the_server_stops_is_answered_or_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var inFlight = Enumerable.Range(0, 64).Select(number => guest.SignalAsync(Device, (uint)number % EventCount))
            .ToArray();

        await server.StopAsync();

        foreach (var call in inFlight)
        {
            var error = await Record.ExceptionAsync(() => call.WithinLimit());
            Assert.True(error is null or RpcException { StatusCode: StatusCode.Unavailable }, $"{error}");
        }
    }

    private static void RunFewInline(ItsServerOptions options) => options.Limits.InlineCommandsMax = 64;

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "loaded", queuePages: 256);
        await guest.MapDeviceAsync(Device, EventCount, firstLpi: 8192);
        return guest;
    }

    /// <summary>A queue that is at work for a while: each INVALL reads the configuration of 1,000 LPIs.</summary>
    private static async Task<Guest> StartLongQueueAsync(Api api)
    {
        var guest = await BootAsync(api);
        await guest.MapDeviceAsync(Device + 1, eventCount: 1000, firstLpi: 10_000);
        var writeOffset = await guest.PlaceAsync(
            [.. Enumerable.Repeat(ItsCommand.InvalidateAll(collection: 0), 8000)]);
        await guest.WriteAsync("GITS_CWRITER", writeOffset);
        return guest;
    }

    private static void AssertCountsAgree(IReadOnlyList<TableEntry> entries)
    {
        var its = Assert.Single(entries, entry => entry.KindCase == TableEntry.KindOneofCase.Its).Its;
        Assert.Equal(its.EventCount, Count(entries, TableEntry.KindOneofCase.Event));
        Assert.Equal(its.DeviceCount, Count(entries, TableEntry.KindOneofCase.Device));
        Assert.Equal(its.CollectionCount, Count(entries, TableEntry.KindOneofCase.Collection));
        var pending = entries.Where(entry => entry.KindCase == TableEntry.KindOneofCase.Redistributor)
            .Aggregate(0UL, (sum, entry) => sum + entry.Redistributor.PendingLpiCount);
        Assert.Equal(pending, Count(entries, TableEntry.KindOneofCase.PendingLpi));
    }

    private static ulong Count(IEnumerable<TableEntry> entries, TableEntry.KindOneofCase kind) =>
        (ulong)entries.Count(entry => entry.KindCase == kind);
}
