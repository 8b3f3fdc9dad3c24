using ItsService.Protocol.V1;
using ItsService.Server.Checkpoints;
using ItsService.Server.State;
using ItsService.Server.Tests.Guests;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>Calls that wait for a disk: few hold threads, and lists keep nobody else out.</summary>
public sealed class DiskThreadsTests : IDisposable
{
    private readonly CheckpointFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Who_finds_no_thread_waits_without_one_and_may_give_up()
    {
        using var threads = new DiskThreads(new ItsServerLimits { StateTransfersMax = 1 });
        using var release = new ManualResetEventSlim();
        using var cancelled = new CancellationTokenSource();
        var (inside, most) = (0, 0);
        var calls = Enumerable.Range(0, 100).Select(_ => threads.RunAsync(Work, Cancellation)).ToArray();

        var late = threads.RunAsync(Work, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late.WithinLimit());
        release.Set();
        await Task.WhenAll(calls).WithinLimit();

        Assert.InRange(most, 1, 5);

        int Work()
        {
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            release.Wait(Cancellation);
            return Interlocked.Decrement(ref inside);
        }
    }

    [Fact]
    public async Task List_takes_no_turn_from_those_who_save_and_restore()
    {
        await using var server = await _folder.StartServerAsync(options => options.Limits.StateTransfersMax = 1);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        using var turn = server.Services.GetRequiredService<StateTurns>().Take("vms/other");

        Assert.Equal(name, Assert.Single(await server.Tcp.ListCheckpointsAsync()).Name);
    }

    [Fact]
    public async Task Page_of_a_list_ends_when_so_much_was_read()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        for (var number = 0; number < 4; number++)
        {
            await server.Tcp.CheckpointAsync(guest.Name);
        }

        var store = server.Services.GetRequiredService<CheckpointStore>();
        var size = new FileInfo(_folder.PathOf("guest.1.checkpoint")).Length;
        var request = new ListCheckpointsRequest();
        var counts = new List<int>();
        do
        {
            var page = CheckpointPages.Read(store, request, new ItsServerLimits(), Cancellation, size + 1);
            counts.Add(page.Checkpoints.Count);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.InRange(counts.Count, 2, 4);
        Assert.Equal(4, counts.Sum());
    }

    private static void InterlockedMax(ref int place, int value)
    {
        for (var seen = Volatile.Read(ref place); seen < value;)
        {
            seen = Interlocked.CompareExchange(ref place, value, seen) is var before && before == seen ? value : before;
        }
    }
}
