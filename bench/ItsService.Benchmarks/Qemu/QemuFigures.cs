using System.Diagnostics;
using ItsService.Benchmarks.Reporting;
using ItsService.Qtest;

namespace ItsService.Benchmarks.Qemu;

/// <summary>
/// The same guest's messages to QEMU and to the service, in turns, so that what else the machine does meets both. The
/// figure is the median of the ratios of each turn.
/// </summary>
internal static class QemuFigures
{
    private const string HowToGetQemu = "Debian's qemu-system-arm is not installed";

    public static async IAsyncEnumerable<Figure> MeasureAsync(RunPlan plan)
    {
        if (!plan.Wants("vs.qemu."))
        {
            yield break;
        }

        if (QemuProgram.Find() is null)
        {
            yield return Figure.NotMeasured("vs.qemu.int", "ratio", HowToGetQemu);
            yield return Figure.NotMeasured("vs.qemu.ack", "ratio", HowToGetQemu);
            yield break;
        }

        await using var service = await ServiceContender.StartAsync();
        const int together = ComparedGuest.PipelinedBatches * ComparedGuest.BatchCommands;
        using (var qemu = new QemuContender(runCpus: false))
        {
            foreach (var figure in await CompareAsync(
                "vs.qemu.int", plan, qemu, service, together, contender => contender.SendPipelinedAsync()))
            {
                yield return figure;
            }

            foreach (var figure in await CompareAsync(
                "vs.qemu.int.one_at_a_time",
                plan,
                qemu,
                service,
                ComparedGuest.BatchCommands,
                contender => contender.SendOneBatchAsync()))
            {
                yield return figure;
            }
        }

        await TakeWhatIsPendingAsync(service);
        using var qemuWithCpus = new QemuContender(runCpus: true);
        foreach (var figure in await CompareAsync(
            "vs.qemu.ack",
            plan,
            qemuWithCpus,
            service,
            ComparedGuest.BatchCommands,
            contender => contender.TakeOneBatchAsync()))
        {
            yield return figure;
        }
    }

    /// <summary>A batch's interrupts are pending already: they coalesce, and all are taken.</summary>
    private static Task TakeWhatIsPendingAsync(ServiceContender service) => service.TakeOneBatchAsync();

    private static async Task<Figure[]> CompareAsync(
        string key,
        RunPlan plan,
        IContender qemu,
        IContender service,
        int interruptsOfCall,
        Func<IContender, Task> call)
    {
        // The just-in-time compiler needs some seconds of the service's own work before it is what it will be.
        await RateAsync(service, call, interruptsOfCall, TimeSpan.FromSeconds(plan.IsQuick ? 3 : 6));
        await RateAsync(qemu, call, interruptsOfCall, TimeSpan.FromSeconds(0.2));
        var turn = TimeSpan.FromSeconds(plan.IsQuick ? 0.5 : 1);
        var turns = plan.IsQuick ? 7 : 11;
        var (qemuRates, serviceRates) = (new double[turns], new double[turns]);
        for (var number = 0; number < turns; number++)
        {
            qemuRates[number] = await RateAsync(qemu, call, interruptsOfCall, turn);
            serviceRates[number] = await RateAsync(service, call, interruptsOfCall, turn);
        }

        return
        [
            Figure.MedianOf(key, "ratio", serviceRates.Zip(qemuRates, (ours, theirs) => ours / theirs)),
            Figure.MedianOf($"{key}.service", "per_s", serviceRates),
            Figure.MedianOf($"{key}.qemu", "per_s", qemuRates),
        ];
    }

    private static async Task<double> RateAsync(
        IContender contender, Func<IContender, Task> call, int interruptsOfCall, TimeSpan duration)
    {
        var begin = Stopwatch.GetTimestamp();
        var calls = 0;
        do
        {
            await call(contender);
            calls++;
        }
        while (Stopwatch.GetElapsedTime(begin) < duration);

        return (double)calls * interruptsOfCall / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
