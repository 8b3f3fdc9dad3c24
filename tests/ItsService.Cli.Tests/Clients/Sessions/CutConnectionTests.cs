using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Tests.Clients.Sessions;

/// <summary>
/// The connection is cut at each point of an acknowledge and of a write that starts commands. The VMM notices nothing:
/// the interrupt is acknowledged once, and the commands are executed once.
/// </summary>
public sealed class CutConnectionTests
{
    /// <summary>Where it is cut.</summary>
    public enum Point
    {
        /// <summary>While no request is on its way; the next one is made before there is another connection.</summary>
        BeforeItIsSent,

        /// <summary>The request has left the VMM, and does not reach the service.</summary>
        OnItsWayToTheService,

        /// <summary>The service has read the request, and it waits for its turn at the VM.</summary>
        ReadAndNotExecuted,

        /// <summary>It was executed, and its answer is lost before it is written.</summary>
        ExecutedAndNotAnswered,

        /// <summary>The answer was written, and does not reach the VMM.</summary>
        OnTheWayToTheVmm,
    }

    public static TheoryData<Point> Points => [.. Enum.GetValues<Point>()];

    private static VcpuIndex Vcpu => new(0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Acknowledge_happens_once(Point point)
    {
        await using var cut = await CutVmm.BeginAsync();
        await Guest.SignalAsync(cut.Vm, 0);
        await cut.Vm.SignalMsiAsync(new ItsIndex(0), Guest.Device, new EventId(1), Cancellation).WithinLimit();

        var acknowledged = await cut.AskAsync(
            point, session => session.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation));

        // Were it acknowledged twice, the second would have got 1023, or the first would be active and told to nobody.
        Assert.Equal((ulong)Guest.Lpi, acknowledged);
        Assert.Equal(1023u, await cut.Session.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation));
        await cut.Session.WriteSystemRegisterAsync(Vcpu, SystemRegisterId.IccEoir1, acknowledged, Cancellation);
        Assert.Equal(0xFFu, await cut.Session.ReadSystemRegisterAsync(
            Vcpu, SystemRegisterId.Named("ICC_RPR_EL1"), Cancellation));
        Assert.False(cut.Session.Line(new VcpuIndex(0)).IrqAsserted);
        Assert.True(cut.Session.Line(new VcpuIndex(1)).IrqAsserted);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Queue_is_executed_once(Point point)
    {
        await using var cut = await CutVmm.BeginAsync();
        var counted = await CommandCountAsync(cut.Vm);
        await cut.Vm.WriteMemoryAsync(
            Guest.Queue + Guest.BootCommandsSizeBytes, Guest.Interrupt(0), Cancellation).WithinLimit();

        await cut.AskAsync(point, session => session.WriteRegisterAsync(
            RegisterPlace.Named("GITS_CWRITER"),
            AccessSize.Natural,
            Guest.BootCommandsSizeBytes + (ulong)Guest.Interrupt(0).Length,
            cancellationToken: Cancellation));

        Assert.Equal(counted + 1, await CommandCountAsync(cut.Vm));
        Assert.True(cut.Session.Line(new VcpuIndex(0)).IrqAsserted);
        Assert.Equal(
            (ulong)Guest.Lpi,
            await cut.Session.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Many_requests_on_their_way_are_each_executed_once_and_in_order(Point point)
    {
        const int Count = 100;
        await using var cut = await CutVmm.BeginAsync();

        var values = await cut.AskAsync(point, async session =>
        {
            var calls = Enumerable.Range(0, Count).Select(async number =>
            {
                var place = RegisterPlace.Named("GICD_IPRIORITYR8");
                var write = session.WriteRegisterAsync(
                    place, AccessSize.Natural, (ulong)(number * 8 % 256), cancellationToken: Cancellation);
                var read = session.ReadRegisterAsync(place, AccessSize.Natural, Cancellation);
                await write;
                return await read;
            }).ToArray();
            return await Task.WhenAll(calls);
        });

        Assert.Equal(Enumerable.Range(0, Count).Select(number => (ulong)(number * 8 % 256)), values);
    }

    private static async Task<ulong> CommandCountAsync(VmHandle vm)
    {
        var totals = await vm.GetDiagnosticsAsync(cancellationToken: Cancellation).WithinLimit();
        return (ulong)totals.CommandTotals.Sum(total => (long)total.Count);
    }
}
