using System.Runtime.InteropServices;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.State;

/// <summary>
/// The account of a save under load. Senders count what became pending, vCPUs what they acknowledged, each before its
/// next call. A save that leaves the VM Paused makes all of them wait; then, of each LPI, what became pending is what
/// was acknowledged and what is pending in the state.
/// </summary>
public class SaveUnderLoadTests
{
    private const uint Device = 1;
    private const uint StormDevice = 2;
    private const uint FirstLpi = 8192;
    private const int Senders = 4;
    private const uint EventsEach = 8;
    private const uint EventCount = Senders * EventsEach;
    private const int SaveCount = 30;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InFlightPolicy.Carry)]
    [InlineData(InFlightPolicy.Drain)]
    [InlineData(InFlightPolicy.Refuse)]
    public async Task Nothing_is_lost_or_doubled_in_any_save(InFlightPolicy policy)
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 4);
        var guest = await Guest.BootAsync(server.Tcp, "loaded", queuePages: 1);
        await guest.MapDeviceAsync(Device, EventCount, FirstLpi);
        await guest.RunAsync(ItsCommand.MapDevice(StormDevice, 8, GuestMap.TranslationTable(0, StormDevice)));
        var spec = (await guest.DescribeAsync()).Spec;
        var other = (await server.Tcp.CreateVmAsync(
            new CreateVmRequest { VmId = "restored", Spec = spec, StartPaused = true })).Name;
        var host = server.Host(guest.Name);
        var (pended, acknowledged) = (new long[EventCount], new long[EventCount]);
        using var done = new CancellationTokenSource();
        Task[] callers =
        [
            .. Enumerable.Range(0, Senders).Select(sender => Task.Run(
                () => SendAsync(guest, (uint)sender * EventsEach, pended, done.Token), Cancellation)),
            Task.Run(() => AcknowledgeAsync(guest, acknowledged, done.Token), Cancellation),
            Task.Run(() => StormAsync(guest.Over(server.UnixSocket), guest, done.Token), Cancellation),
        ];

        var (takenCount, inFlightCount) = (0, 0);
        for (var round = 0; takenCount < SaveCount; round++)
        {
            Assert.True(round < 100 * SaveCount, "the queue never ended by itself");
            if (await TrySaveAsync(server.UnixSocket, guest.Name, policy) is not { } saved)
            {
                continue;
            }

            await host.UntilWaitingAsync(callers.Length);
            takenCount++;
            inFlightCount += saved.Summary.InFlightCommands > 0 ? 1 : 0;
            var pending = PendingIn(saved.Blob);
            AssertClosed(pended, acknowledged, pending);
            await AssertRestoredAsync(server.UnixSocket, other, saved.Blob, pending);
            await server.UnixSocket.ResumeAsync(guest.Name);
        }

        await done.CancelAsync();
        await Task.WhenAll(callers).WithinLimit();
        Assert.True(policy == InFlightPolicy.Carry || inFlightCount == 0, $"{inFlightCount} saves carry commands");
        Assert.True(pended.Sum() > EventCount && acknowledged.Sum() > 0, "there was no load");
    }

    [Fact]
    public async Task Whatever_comes_together_each_call_ends_and_the_vm_is_sound()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.StateTransfersMax = 16);
        var guest = await Guest.BootAsync(server.Tcp, "busy");
        await guest.MapDeviceAsync(Device, EventCount, FirstLpi);
        using var done = new CancellationTokenSource();
        var (pended, acknowledged) = (new long[EventCount], new long[EventCount]);
        var load = Task.WhenAll(
            Task.Run(() => SendAsync(guest, 0, pended, done.Token), Cancellation),
            Task.Run(() => AcknowledgeAsync(guest, acknowledged, done.Token), Cancellation));

        var control = Enumerable.Range(0, 6).Select(number => Task.Run(async () =>
        {
            for (var round = 0; round < 25; round++)
            {
                switch ((number + round) % 4)
                {
                    case 0:
                        await server.Tcp.PauseAsync(guest.Name);
                        break;
                    case 1:
                        await server.Tcp.ResumeAsync(guest.Name);
                        break;
                    case 2:
                        await TrySaveAsync(server.UnixSocket, guest.Name, InFlightPolicy.Drain);
                        break;
                    default:
                        await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name });
                        break;
                }
            }
        }, Cancellation));
        await Task.WhenAll(control).WithinLimit();
        await server.Tcp.ResumeAsync(guest.Name);
        await done.CancelAsync();
        await load.WithinLimit();

        var saved = await server.Tcp.SaveAsync(guest.Name);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        AssertClosed(pended, acknowledged, PendingIn(saved.Blob));
    }

    private static async Task SendAsync(Guest guest, uint firstEvent, long[] pended, CancellationToken done)
    {
        for (var number = 0u; !done.IsCancellationRequested; number++)
        {
            var eventId = firstEvent + (number % EventsEach);
            var outcome = (await guest.SignalAsync(Device, eventId)).Result.Outcome;
            pended[eventId] += outcome == MsiOutcome.Pended ? 1 : 0;
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

    /// <summary>Commands that touch no interrupt of the account, as fast as they go.</summary>
    private static async Task StormAsync(Guest over, Guest guest, CancellationToken done)
    {
        for (var round = 0u; !done.IsCancellationRequested; round++)
        {
            var lpi = FirstLpi + 1000 + (round % 100);
            await guest.RunAsync(
            [
                .. Enumerable.Range(0, 10).Select(number => ItsCommand.MapEvent(StormDevice, (uint)number, lpi, 1)),
                ItsCommand.InvalidateAll(0), ItsCommand.Discard(StormDevice, 3), ItsCommand.Sync(0),
            ]);
            await over.ReadAsync("GITS_CREADR");
        }
    }

    private static async Task<Api.SavedState?> TrySaveAsync(Api api, string vm, InFlightPolicy policy)
    {
        try
        {
            return await api.SaveAsync(new SaveRequest { Vm = vm, InFlight = policy, StayPaused = true });
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.FailedPrecondition)
        {
            Assert.Contains(
                Refusal.Of(failure).Detail.Reason, new[] { ErrorReason.CommandsInFlight, ErrorReason.WrongState });
            return null;
        }
    }

    private static uint[] PendingIn(byte[] blob)
    {
        var state = SavedState.Parser.ParseFrom(blob.AsSpan(StateEnvelope.HeaderBytes));
        return
        [
            .. state.Redistributors.SelectMany(
                redistributor => MemoryMarshal.Cast<byte, uint>(redistributor.PendingLpis.Span).ToArray()),
        ];
    }

    private static void AssertClosed(long[] pended, long[] acknowledged, uint[] pending)
    {
        for (var eventId = 0u; eventId < EventCount; eventId++)
        {
            var left = pending.Count(lpi => lpi == FirstLpi + eventId);
            Assert.Equal((eventId, pended[eventId]), (eventId, acknowledged[eventId] + left));
        }
    }

    /// <summary>In the other VM exactly these can be taken.</summary>
    private static async Task AssertRestoredAsync(Api api, string vm, byte[] blob, uint[] pending)
    {
        await api.RestoreAsync(vm, blob);
        await api.ResumeAsync(vm);
        var restored = new Guest(api, vm);
        var taken = new List<uint>();
        while (await restored.AcknowledgeAsync(vcpu: 0) is var intId && intId >= FirstLpi)
        {
            taken.Add(intId);
            await restored.EndAsync(vcpu: 0, intId);
        }

        await api.PauseAsync(vm);
        // What was acknowledged and not ended when it was saved keeps those of its priority away.
        var active = SavedState.Parser.ParseFrom(blob.AsSpan(StateEnvelope.HeaderBytes))
            .CpuInterfaces[0].ActivePriorities1.Any(word => word != 0);
        Assert.Equal(active ? [] : pending.Order(), taken.Order());
    }
}
