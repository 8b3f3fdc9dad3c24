using System.Diagnostics;
using Grpc.Net.Client;
using ItsService.Benchmarks.Reporting;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Api;

/// <summary>
/// One message by a unary call, against a call that answers the same at once. Closed loop: one caller, in turns. Open
/// loop: so many calls a second, each measured from when it was due. Nobody takes the interrupt: all but the first find
/// their LPI pending, and coalesce.
/// </summary>
internal static class UnaryFigures
{
    private const int CallsPerTurn = 200;
    private const int OfferedPerSecond = 1000;

    public static async Task<IEnumerable<Figure>> MeasureAsync(GrpcChannel channel, ApiGuest guest, RunPlan plan)
    {
        var invoker = channel.CreateCallInvoker();
        var request = new SignalMsiRequest
        {
            Vm = guest.Vm.Name.Value,
            Its = new ItsMsi { DeviceId = ApiGuest.Device.Value, EventId = 0 },
        };
        var interrupts = new Interrupts.InterruptsClient(channel);
        Task RealAsync() => interrupts.SignalMsiAsync(request).ResponseAsync;
        Task BareAsync() => invoker.AsyncUnaryCall(BareService.Unary, null, default, request).ResponseAsync;

        var real = new List<double>();
        var bare = new List<double>();
        await TurnsAsync(RealAsync, BareAsync, plan.IsQuick ? 20 : 50, [], []);
        await TurnsAsync(RealAsync, BareAsync, plan.IsQuick ? 20 : 100, real, bare);
        var duration = TimeSpan.FromSeconds(plan.IsQuick ? 1 : 4);
        var offered = await OpenLoop.MeasureAsync(RealAsync, OfferedPerSecond, duration);
        var offeredBare = await OpenLoop.MeasureAsync(BareAsync, OfferedPerSecond, duration);
        return
        [
            .. FiguresOf(real, bare),
            .. OpenFiguresOf("api.unary.open", offered),
            .. OpenFiguresOf("api.unary.open.bare", offeredBare),
        ];
    }

    private static IEnumerable<Figure> FiguresOf(List<double> real, List<double> bare)
    {
        foreach (var (suffix, part) in new[] { ("", 0.5), (".p99", 0.99) })
        {
            var (with, without) = (Percentiles.At(real, part), Percentiles.At(bare, part));
            yield return new Figure($"api.unary{suffix}", with / without, "ratio", real.Count);
            yield return new Figure($"api.unary.call{suffix}", with, "ns", real.Count);
            yield return new Figure($"api.unary.bare{suffix}", without, "ns", bare.Count);
        }
    }

    private static IEnumerable<Figure> OpenFiguresOf(string key, List<double> offered)
    {
        yield return new Figure(key, Percentiles.At(offered, 0.5), "ns", offered.Count);
        yield return new Figure($"{key}.p99", Percentiles.At(offered, 0.99), "ns", offered.Count);
    }

    private static async Task TurnsAsync(
        Func<Task> real, Func<Task> bare, int turnCount, List<double> intoReal, List<double> intoBare)
    {
        for (var turn = 0; turn < turnCount; turn++)
        {
            await TurnAsync(real, intoReal);
            await TurnAsync(bare, intoBare);
        }
    }

    private static async Task TurnAsync(Func<Task> call, List<double> into)
    {
        for (var count = 0; count < CallsPerTurn; count++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            await call();
            into.Add(Stopwatch.GetElapsedTime(startedAt).TotalNanoseconds);
        }
    }
}
