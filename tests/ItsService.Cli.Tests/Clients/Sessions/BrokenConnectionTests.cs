using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients.Sessions;

/// <summary>A device and a vCPU on one session, whose connection breaks all the time.</summary>
public sealed class BrokenConnectionTests
{
    private const int Messages = 600;
    private const int MessagesBetweenCuts = 20;
    private static readonly VcpuIndex Vcpu = new(0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_message_that_became_pending_is_acknowledged_once()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "broken");
        await using var connection = new CuttableConnection(server.Url);
        using var client = ItsClient.Connect(connection.Url);
        var lostCount = 0;
        using var raised = new SemaphoreSlim(0);
        var options = new VmmSessionOptions
        {
            ReconnectDelayMin = TimeSpan.FromMilliseconds(1),
            ConnectionLost = _ => lostCount++,
            LineChanged = _ => raised.Release(),
        };
        await using var session = await client.Vm(vm.Name).AttachAsync(options, Cancellation).WithinLimit();
        var isOver = false;

        var device = OnAThread(() => Send(session, connection));
        var vcpu = OnAThread(() => Take(session, raised, () => Volatile.Read(ref isOver)));
        var pended = await device.WithinLimit();
        Volatile.Write(ref isOver, true);
        raised.Release();
        var taken = await vcpu.WithinLimit();

        Assert.Equal(pended, taken);
        Assert.True(lostCount >= Messages / MessagesBetweenCuts / 4, $"the connection was lost {lostCount} times");
        Assert.False(session.Line(Vcpu).IrqAsserted);
        Assert.Equal((await vm.DescribeAsync(Cancellation).WithinLimit()).Lines, session.Lines);
    }

    private static int Send(VmmSession session, CuttableConnection connection)
    {
        var pended = 0;
        for (var message = 1; message <= Messages; message++)
        {
            var result = session.SignalMsi(new ItsIndex(0), Guest.Device, new EventId(0));
            Assert.Contains(result.Outcome, new[] { MsiOutcome.Pended, MsiOutcome.Coalesced });
            pended += result.Outcome == MsiOutcome.Pended ? 1 : 0;
            if (message % MessagesBetweenCuts == 0)
            {
                connection.Cut();
            }
        }

        return pended;
    }

    private static int Take(VmmSession session, SemaphoreSlim raised, Func<bool> isOver)
    {
        var taken = 0;
        while (true)
        {
            var wasOver = isOver();
            while (session.ReadSystemRegister(Vcpu, SystemRegisterId.IccIar1) is not 1023 and var intId)
            {
                Assert.Equal((ulong)Guest.Lpi, intId);
                taken++;
                session.WriteSystemRegister(Vcpu, SystemRegisterId.IccEoir1, intId);
            }

            if (wasOver)
            {
                return taken;
            }

            raised.Wait(Cancellation);
        }
    }

    private static Task<int> OnAThread(Func<int> work) => Task.Factory.StartNew(
        work, Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
