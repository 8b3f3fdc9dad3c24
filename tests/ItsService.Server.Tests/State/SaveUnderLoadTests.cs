using System.Runtime.InteropServices;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.State;

/// <summary>
/// Saves, Pause and Resume from several callers at once, under load. What a single one saves again and again under load
/// is the subject of <c>tests/ItsService.SaveLoad</c>.
/// </summary>
public class SaveUnderLoadTests
{
    private const uint Device = 1;
    private const uint FirstLpi = 8192;
    private const uint EventCount = 8;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_comes_together_each_call_ends_and_the_vm_is_sound()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.StateTransfersMax = 16);
        var guest = await Guest.BootAsync(server.Tcp, "busy");
        await guest.MapDeviceAsync(Device, EventCount, FirstLpi);
        using var done = new CancellationTokenSource();
        var (pended, acknowledged) = (new long[EventCount], new long[EventCount]);
        var load = Task.WhenAll(
            Task.Run(() => SendAsync(guest, pended, done.Token), Cancellation),
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
                        await TryDrainAsync(server.UnixSocket, guest.Name);
                        break;
                    default:
                        await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name });
                        break;
                }
            }
        }, Cancellation));
        await Task.WhenAll(control).WithinLimit();
        await server.Tcp.ResumeAsync(guest.Name);
        await UntilBothHaveComeAsync(guest, pended, acknowledged);
        await done.CancelAsync();
        await load.WithinLimit();

        var saved = await server.Tcp.SaveAsync(guest.Name);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.All(pended, count => Assert.True(count > 0, "an event had no message that made its LPI pending"));
        AssertClosed(pended, acknowledged, PendingIn(saved.Blob));
    }

    /// <summary>An account of nothing closes, too.</summary>
    private static async Task UntilBothHaveComeAsync(Guest guest, long[] pended, long[] acknowledged)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (Enumerable.Range(0, (int)EventCount).Any(number =>
            Volatile.Read(ref pended[number]) == 0 || Volatile.Read(ref acknowledged[number]) == 0))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "the load did not come");
            await guest.DescribeAsync();
        }
    }

    private static async Task SendAsync(Guest guest, long[] pended, CancellationToken done)
    {
        for (var number = 0u; !done.IsCancellationRequested; number++)
        {
            var eventId = number % EventCount;
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

    /// <summary>Saves when the queues have ended, unless another call has its way with the VM.</summary>
    private static async Task TryDrainAsync(Api api, string vm)
    {
        try
        {
            await api.SaveAsync(new SaveRequest { Vm = vm, InFlight = InFlightPolicy.Drain, StayPaused = true });
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.FailedPrecondition)
        {
            Assert.Equal(ErrorReason.WrongState, Refusal.Of(failure).Detail.Reason);
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
}
