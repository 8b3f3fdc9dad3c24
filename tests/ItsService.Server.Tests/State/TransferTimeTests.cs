using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Checkpoints;
using ItsService.Server.Machines;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Services;
using ItsService.Server.State;
using ItsService.Server.Telemetry;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Submissions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State;

/// <summary>Who has begun to send or to read a state goes on with it, or makes room for others.</summary>
public class TransferTimeTests
{
    private static readonly TimeSpan NearlyAll = TimeSpan.FromSeconds(59);
    private static readonly TimeSpan TheRest = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "vms/guest")]
    public async Task Restore_that_is_not_sent_within_a_minute_is_refused(int sentCount, string resource)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var (service, time, turns) = Serve(server);
        var stream = new Slow<RestoreRequest>(
            new Queue<RestoreRequest>(Enumerable.Repeat(new RestoreRequest { Vm = guest.Name }, sentCount)));

        var call = service.Restore(stream, new DirectCall(Cancellation));
        await stream.UntilWaitingAsync();
        time.Advance(NearlyAll);
        Assert.False(call.IsCompleted, "it ended before the minute did");
        time.Advance(TheRest);
        var refusal = await Refusal.OfAsync(() => call.WithinLimit());

        AssertLate(refusal, resource);
        turns.Take(guest.Name).Dispose();
    }

    [Fact]
    public async Task Save_that_nobody_reads_for_a_minute_is_refused_and_gives_its_turn_back()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        var (service, time, turns) = Serve(server, messageBytesMax: 64 << 10);
        var stream = new Slow<SaveResponse>(new Queue<SaveResponse>());

        var call = service.Save(new SaveRequest { Vm = guest.Name }, stream, new DirectCall(Cancellation));
        await stream.UntilWaitingAsync();
        time.Advance(NearlyAll);
        stream.Take();
        await stream.UntilWaitingAsync();
        time.Advance(NearlyAll);
        Assert.False(call.IsCompleted, "it ended although a message was read");
        Assert.Throws<RpcException>(() => turns.Take(guest.Name));
        time.Advance(TheRest);
        var refusal = await Refusal.OfAsync(() => call.WithinLimit());

        AssertLate(refusal, guest.Name);
        turns.Take(guest.Name).Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Transfer_that_does_not_go_on_does_not_keep_the_service_from_stopping(bool isSave)
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 64 << 10;
            options.Limits.MemoryAccessBytesMax = 60_000;
            options.Limits.MsiBatchRecordsMax = 1024;
        });
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest");
        using var save = isSave ? server.Tcp.State.Save(
            new SaveRequest { Vm = guest.Name }, cancellationToken: Cancellation) : null;
        using var restore = isSave ? null : server.Tcp.State.Restore(cancellationToken: Cancellation);
        // A client reads a little ahead.
        await (save?.ResponseStream.MoveNextWithinLimit() ?? server.Requests.UntilAsync(1));

        await server.StopAsync();

        if (restore is not null)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => restore.ResponseAsync.WithinLimit());
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        }
    }

    private static void AssertLate(Refusal refusal, string resource) =>
        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "state")
        {
            Resource = resource,
            Accepted = "within 60 seconds",
        }.AssertMet(refusal);

    /// <summary>The server's VMs, by a clock of the test's own and with one turn.</summary>
    private static (StateService Service, ManualTime Time, StateTurns Turns) Serve(
        TestServer server, int messageBytesMax = 4 << 20)
    {
        var limits = new ItsServerLimits { StateTransfersMax = 1, MessageBytesMax = messageBytesMax };
        var time = new ManualTime();
        var surroundings = new VmSurroundings(
            limits, NullLogger<VmHost>.Instance, time,
            server.Services.GetRequiredService<IHostApplicationLifetime>(),
            server.Services.GetRequiredService<SharedMemoryDirectory>(),
            server.Services.GetRequiredService<Instruments>(),
            new ItsServerOptions());
        var turns = new StateTurns(limits);
        var service = new StateService(
            server.Services.GetRequiredService<VmRegistry>(),
            surroundings,
            turns,
            server.Services.GetRequiredService<CheckpointCalls>(),
            server.Services.GetRequiredService<StateTimes>());
        return (service, time, turns);
    }

    /// <summary>The other side of a transfer: it gives what it has, takes what it is told to, and no more.</summary>
    private sealed class Slow<T>(Queue<T> toSend) : IAsyncStreamReader<T>, IServerStreamWriter<T>
    {
        private TaskCompletionSource _waiting = New();
        private TaskCompletionSource _taken = New();

        public T Current { get; private set; } = default!;

        public WriteOptions? WriteOptions { get; set; }

        public async Task UntilWaitingAsync()
        {
            await _waiting.Task.WithinLimit();
            _waiting = New();
        }

        public void Take() => Interlocked.Exchange(ref _taken, New()).SetResult();

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (toSend.TryDequeue(out var next))
            {
                Current = next;
                return true;
            }

            await WaitAsync(cancellationToken);
            return false;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(T message, CancellationToken cancellationToken) => WaitAsync(cancellationToken);

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private Task WaitAsync(CancellationToken cancellationToken)
        {
            var taken = _taken.Task;
            _waiting.TrySetResult();
            return taken.WaitAsync(cancellationToken);
        }
    }
}
