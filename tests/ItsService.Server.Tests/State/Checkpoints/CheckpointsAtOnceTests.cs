using System.Runtime.InteropServices;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Checkpoints;
using ItsService.Server.State;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>Many checkpoints at a time, and checkpoints of a VM that others use meanwhile.</summary>
public sealed class CheckpointsAtOnceTests : IDisposable
{
    private const uint Device = 1;
    private const uint FirstLpi = 8192;
    private const uint EventCount = 8;

    private readonly CheckpointFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Checkpoints_of_one_vm_and_of_several_are_all_whole()
    {
        await using var server = await _folder.StartServerAsync(
            options => (options.Limits.StateTransfersMax, options.Limits.CheckpointsPerVmMax) = (100, 1000));
        var guests = new List<Guest>();
        foreach (var id in new[] { "one", "two", "three" })
        {
            guests.Add(await Guest.BootAsync(server.Tcp, id));
        }

        var made = await Task.WhenAll(Enumerable.Range(0, 24).Select(
            number => server[(Transport)(number % 2)].CheckpointAsync(guests[number % 3].Name))).WithinLimit();

        Assert.Equal(24, made.Distinct().Count());
        var listed = await server.Tcp.ListCheckpointsAsync();
        Assert.Equal(made.ToHashSet(), listed.Select(found => found.Name).ToHashSet());
        Assert.All(listed, checkpoint => Assert.Equal("", checkpoint.Damage));
        Assert.All(guests, guest => Assert.Equal(
            [1, 2, 3, 4, 5, 6, 7, 8],
            listed.Where(found => found.Name.StartsWith($"{guest.Name}/", StringComparison.Ordinal))
                .Select(found => int.Parse(found.Name.Split('/')[3], provider: null))));
        Assert.Equal(24, _folder.Files.Count);
    }

    [Fact]
    public async Task Calls_that_make_list_restore_and_delete_together_end_without_an_error_of_the_service()
    {
        await using var server = await _folder.StartServerAsync(
            options => (options.Limits.StateTransfersMax, options.Limits.CheckpointsPerVmMax) = (100, 2));
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var restoredCount = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            for (var round = 0; round < 8; round++)
            {
                var name = await server.Tcp.CheckpointAsync(guest.Name);
                var listed = await server.Tcp.ListCheckpointsAsync();
                Assert.All(listed, checkpoint => Assert.Equal("", checkpoint.Damage));
                await MayBeGoneAsync(async () =>
                {
                    await server.Tcp.RestoreCheckpointAsync(name, $"vms/made-{number}");
                    Interlocked.Increment(ref restoredCount);
                });
                await server.Tcp.DeleteVmAsync($"vms/made-{number}").ContinueWith(_ => { }, TaskScheduler.Default);
                await MayBeGoneAsync(() => server.Tcp.DeleteCheckpointAsync(name));
            }
        }, Cancellation))).WithinLimit();

        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.InRange(_folder.Files.Count, 0, 2);
        Assert.True(restoredCount > 0, "none was restored before it was gone");
    }

    /// <summary>
    /// Senders count what became pending, and vCPUs what they acknowledged. In each checkpoint, and in the VM that is
    /// made of it, what became pending was acknowledged or is pending.
    /// </summary>
    [Theory]
    [InlineData(InFlightPolicy.Carry)]
    [InlineData(InFlightPolicy.Drain)]
    public async Task Account_closes_in_every_checkpoint_under_load(InFlightPolicy policy)
    {
        await using var server = await _folder.StartServerAsync(options => options.Limits.InlineCommandsMax = 4);
        var guest = await Guest.BootAsync(server.Tcp, "loaded", queuePages: 1);
        await guest.MapDeviceAsync(Device, EventCount, FirstLpi);
        await guest.RunAsync(ItsCommand.MapDevice(Device + 1, 8, GuestMap.TranslationTable(0, Device + 1)));
        var host = server.Host(guest.Name);
        var (pended, acknowledged) = (new long[EventCount], new long[EventCount]);
        using var done = new CancellationTokenSource();
        Task[] callers =
        [
            Task.Run(() => SendAsync(guest, pended, done.Token), Cancellation),
            Task.Run(() => AcknowledgeAsync(guest, acknowledged, done.Token), Cancellation),
            Task.Run(() => StormAsync(guest, done.Token), Cancellation),
        ];

        for (var round = 0; round < 10; round++)
        {
            var made = await server.UnixSocket.CheckpointAsync(
                new CheckpointRequest { Vm = guest.Name, InFlight = policy, StayPaused = true });
            await host.UntilWaitingAsync(callers.Length);
            var pending = PendingIn(made.Checkpoint.Name);
            Assert.Equal((ulong)pending.Length, made.Checkpoint.Summary.PendingLpis);
            for (var eventId = 0u; eventId < EventCount; eventId++)
            {
                var left = pending.Count(lpi => lpi == FirstLpi + eventId);
                Assert.Equal((eventId, pended[eventId]), (eventId, acknowledged[eventId] + left));
            }

            var restored = await server.UnixSocket.RestoreCheckpointAsync(made.Checkpoint.Name, "vms/restored");
            Assert.Equal(made.Checkpoint.Summary, restored.Summary);
            Assert.Equal(
                await PagesAsync(server, guest), await PagesAsync(server, new Guest(server.Tcp, "vms/restored")));
            await server.UnixSocket.ResumeAsync("vms/restored");
            await server.UnixSocket.DeleteVmAsync("vms/restored");
            await server.UnixSocket.ResumeAsync(guest.Name);
        }

        await done.CancelAsync();
        await Task.WhenAll(callers).WithinLimit();
        Assert.True(pended.Sum() > EventCount && acknowledged.Sum() > 0, "there was no load");
    }

    [Fact]
    public async Task Call_that_is_cancelled_leaves_no_half_a_file()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        for (var part = 0u; part < 16; part++)
        {
            await guest.WriteMemoryAsync(
                GuestMap.RamBase + (part << 20),
                Google.Protobuf.ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 1 << 20)]));
        }

        await server.Tcp.ListCheckpointsAsync();

        // A call may have written its file by the time when it is cancelled.
        var cancelledCount = 0;
        for (var round = 0; round < 100 && cancelledCount < 3; round++)
        {
            var before = _folder.Files;
            using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var call = server.Tcp.State.CheckpointAsync(
                new CheckpointRequest { Vm = guest.Name }, cancellationToken: cancelled.Token);
            while (!call.ResponseAsync.IsCompleted && !IsWriting())
            {
                await Task.Yield();
            }

            var isWriting = IsWriting();
            await cancelled.CancelAsync();
            await call.ResponseAsync.ContinueWith(_ => { }, TaskScheduler.Default).WithinLimit();
            await server.Requests.UntilAsync(0);
            cancelledCount += isWriting && before.SequenceEqual(_folder.Files) ? 1 : 0;
            Assert.False(IsWriting(), "half a file is left");
        }

        Assert.True(cancelledCount >= 3, "no call was cancelled while its file was written");
        Assert.All(await server.Tcp.ListCheckpointsAsync(), checkpoint => Assert.Equal("", checkpoint.Damage));
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
    }

    private bool IsWriting() => _folder.Files.Any(file => file.EndsWith(".part", StringComparison.Ordinal));

    private static async Task MayBeGoneAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException failure)
        {
            Assert.Equal(ErrorReason.CheckpointNotFound, Refusals.Refusal.Of(failure).Detail.Reason);
        }
    }

    /// <summary>All but the queue's page: nobody keeps the guest from writing its next commands there.</summary>
    private static async Task<IEnumerable<string>> PagesAsync(TestServer server, Guest guest) =>
        (await GuestPages.OfAsync(server, guest))
            .Where(page => !page.StartsWith($"0x{GuestMap.Queue(0):X}:", StringComparison.Ordinal));

    private static async Task SendAsync(Guest guest, long[] pended, CancellationToken done)
    {
        for (var number = 0u; !done.IsCancellationRequested; number++)
        {
            var outcome = (await guest.SignalAsync(Device, number % EventCount)).Result.Outcome;
            pended[number % EventCount] += outcome == MsiOutcome.Pended ? 1 : 0;
            Assert.Contains(outcome, new[] { MsiOutcome.Pended, MsiOutcome.Coalesced });
        }
    }

    private static async Task AcknowledgeAsync(Guest guest, long[] acknowledged, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            if (await guest.AcknowledgeAsync(vcpu: 0) is var intId && intId >= FirstLpi)
            {
                acknowledged[intId - FirstLpi]++;
                await guest.EndAsync(vcpu: 0, intId);
            }
        }
    }

    private static async Task StormAsync(Guest guest, CancellationToken done)
    {
        for (var round = 0u; !done.IsCancellationRequested; round++)
        {
            await guest.RunAsync(
            [
                .. Enumerable.Range(0, 10).Select(number =>
                    ItsCommand.MapEvent(Device + 1, (uint)number, FirstLpi + 1000 + (round % 100), 1)),
                ItsCommand.InvalidateAll(0), ItsCommand.Discard(Device + 1, 3), ItsCommand.Sync(0),
            ]);
        }
    }

    /// <summary>Read from the file, not from what the service says of it.</summary>
    private uint[] PendingIn(string checkpoint)
    {
        var bytes = File.ReadAllBytes(_folder.FileOf(checkpoint));
        var layout = CheckpointLayout.Of(bytes);
        var state = SavedState.Parser.ParseFrom(
            bytes.AsSpan((int)layout.StateAt, (int)layout.StateBytes)[StateEnvelope.HeaderBytes..]);
        return
        [
            .. state.Redistributors.SelectMany(
                redistributor => MemoryMarshal.Cast<byte, uint>(redistributor.PendingLpis.Span).ToArray()),
        ];
    }
}
