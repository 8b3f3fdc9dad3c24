using System.Diagnostics;
using ItsService.Benchmarks.Reporting;
using ItsService.Core.Identifiers;

namespace ItsService.Benchmarks.Core;

/// <summary>
/// Whether one event more for each device costs more per message, as it does where translations are cached in a table
/// of fixed size. The two are measured in turns of half a millisecond, so that what else the machine does meets both.
/// </summary>
internal static class NPlusOne
{
    private const uint DeviceCount = 16;
    private const int WarmUpTurns = 200;

    /// <summary>A multiple of 16 × 16 and of 16 × 17, so that both send the same number of messages.</summary>
    private const int TurnMessages = 16 * 16 * 17 * 10;

    public static IEnumerable<Figure> Measure(RunPlan plan)
    {
        var (sixteen, seventeen) = (new BenchmarkGuest(), new BenchmarkGuest());
        sixteen.Map((int)DeviceCount, 16);
        seventeen.Map((int)DeviceCount, 17);
        var turns = plan.IsQuick ? 501 : 2001;
        var (few, more) = (new double[turns], new double[turns]);
        for (var turn = -WarmUpTurns; turn < turns; turn++)
        {
            var (one, other) = (NanosecondsPerMessage(sixteen, 16), NanosecondsPerMessage(seventeen, 17));
            if (turn >= 0)
            {
                (few[turn], more[turn]) = (one, other);
            }
        }

        yield return Figure.MedianOf("core.msi.n_plus_1", "ratio", more.Zip(few, (one, other) => one / other));
        yield return Figure.MedianOf("core.msi.n_plus_1.sixteen", "ns", few);
        yield return Figure.MedianOf("core.msi.n_plus_1.seventeen", "ns", more);
    }

    private static double NanosecondsPerMessage(BenchmarkGuest guest, uint eventsPerDevice)
    {
        var begin = Stopwatch.GetTimestamp();
        var pending = 0;
        for (var round = TurnMessages / (int)(DeviceCount * eventsPerDevice); round > 0; round--)
        {
            for (var eventId = 0u; eventId < eventsPerDevice; eventId++)
            {
                for (var device = 0u; device < DeviceCount; device++)
                {
                    pending += guest.Gic.SignalMsi(0, new DeviceId(device), new EventId(eventId)).IsPending ? 1 : 0;
                }
            }
        }

        return pending == TurnMessages
            ? Stopwatch.GetElapsedTime(begin).TotalNanoseconds / TurnMessages
            : throw new InvalidOperationException($"{pending} messages became pending, not {TurnMessages}");
    }
}
