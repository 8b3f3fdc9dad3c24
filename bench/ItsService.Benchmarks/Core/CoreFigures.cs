using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ItsService.Benchmarks.Reporting;
using Perfolizer.Horology;

namespace ItsService.Benchmarks.Core;

/// <summary>
/// Runs the benchmarks of the model and makes figures of them. In process: each round of a long run is a process of its
/// own already.
/// </summary>
internal static class CoreFigures
{
    public static IEnumerable<Figure> Measure(RunPlan plan)
    {
        foreach (var figure in MeasureMessages(plan))
        {
            yield return figure;
        }

        foreach (var figure in MeasureCommands(plan))
        {
            yield return figure;
        }

        foreach (var figure in MeasureScale(plan))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Figure> MeasureMessages(RunPlan plan)
    {
        if (!plan.Wants("core.msi."))
        {
            yield break;
        }

        var reports = Run<MsiBenchmarks>(Job.Default
            .WithWarmupCount(plan.IsQuick ? 8 : 12)
            .WithIterationTime(TimeInterval.FromMilliseconds(plan.IsQuick ? 150 : 300))
            .WithIterationCount(plan.IsQuick ? 9 : 15));
        Figure Of(string key, string method) => ToFigure(key, reports[method]);

        yield return Of("core.msi.pending", nameof(MsiBenchmarks.Pending));
        var oneByOne = Of("core.msi.cycle.one_by_one", nameof(MsiBenchmarks.CycleOneByOne));
        var together = Of("core.msi.cycle.together", nameof(MsiBenchmarks.CycleAllTogether));
        yield return Worse("core.msi.cycle", oneByOne, together);
        yield return oneByOne;
        yield return together;

        foreach (var figure in NPlusOne.Measure(plan))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Figure> MeasureCommands(RunPlan plan)
    {
        if (!plan.Wants("core.commands."))
        {
            yield break;
        }

        var reports = Run<CommandBenchmarks>(OneRunOfTheQueue(plan));
        foreach (var method in new[] { nameof(CommandBenchmarks.ExecuteMapti), nameof(CommandBenchmarks.ExecuteInt) })
        {
            var key = method == nameof(CommandBenchmarks.ExecuteMapti) ? "core.commands.mapti" : "core.commands.int";
            var flat = PerSecond(ToFigure($"{key}.flat", reports[$"{method} TwoLevel=False"]));
            var twoLevel = PerSecond(ToFigure($"{key}.two_level", reports[$"{method} TwoLevel=True"]));
            yield return Worse(key, flat, twoLevel);
            yield return flat;
            yield return twoLevel;
        }
    }

    /// <summary>What a large VM makes of it. These have no target of their own.</summary>
    private static IEnumerable<Figure> MeasureScale(RunPlan plan)
    {
        if (!plan.Wants("core.scale."))
        {
            yield break;
        }

        var reports = Run<ScaleBenchmarks>(OneRunOfTheQueue(plan));
        foreach (var vcpus in new[] { 4, 512 })
        {
            var mapti = ToFigure($"core.scale.mapti.{vcpus}_vcpus", reports[$"ExecuteMapti VcpuCount={vcpus}"]);
            yield return PerSecond(mapti);
            yield return ToFigure($"core.scale.invall.{vcpus}_vcpus", reports[$"ExecuteInvall VcpuCount={vcpus}"]);
        }

        var withdrawal = Run<SubmissionBenchmarks>(OneRunOfTheQueue(plan))[nameof(SubmissionBenchmarks.Withdraw)];
        yield return ToFigure("core.scale.withdraw", withdrawal);
    }

    /// <summary>One run is one invocation: what it changes is undone outside the measured time.</summary>
    private static Job OneRunOfTheQueue(RunPlan plan) => Job.Default
        .WithWarmupCount(plan.IsQuick ? 40 : 80)
        .WithInvocationCount(1)
        .WithUnrollFactor(1)
        .WithIterationCount(plan.IsQuick ? 40 : 80);

    private static Dictionary<string, BenchmarkReport> Run<TBenchmarks>(Job job)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(new FailuresLogger())
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "its-service-benchmarks"))
            .WithOptions(ConfigOptions.DisableLogFile);
        var summary = BenchmarkRunner.Run<TBenchmarks>(config);
        return summary.Reports.ToDictionary(report => NameOf(report.BenchmarkCase));
    }

    private static string NameOf(BenchmarkCase benchmark) => string.Join(
        ' ',
        benchmark.Parameters.Items.Select(item => $"{item.Name}={item.Value}")
            .Prepend(benchmark.Descriptor.WorkloadMethod.Name));

    private static Figure ToFigure(string key, BenchmarkReport report)
    {
        if (report.ResultStatistics is not { } statistics)
        {
            return Figure.NotMeasured(key, "ns", "the benchmark failed; what it said is above");
        }

        return new Figure(key, statistics.Median, "ns", statistics.N)
        {
            AllocatedBytes = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase),
        };
    }

    private static Figure PerSecond(Figure time) =>
        time with { Value = 1e9 / time.Value, Unit = "per_s" };

    /// <summary>
    /// Of two figures that a key stands for, the one that is further from its target; one that could not be measured is
    /// the furthest.
    /// </summary>
    private static Figure Worse(string key, Figure one, Figure other)
    {
        if (one.Value is null || other.Value is null)
        {
            return (one.Value is null ? one : other) with { Key = key };
        }

        var oneIsLarger = one.Value > other.Value;
        var worse = oneIsLarger == (Targets.Of(key)!.IsCeiling) ? one : other;
        return worse with { Key = key };
    }

    /// <summary>Only what went wrong: the figures are printed by this program, beside their targets.</summary>
    private sealed class FailuresLogger : ILogger
    {
        public string Id => nameof(FailuresLogger);

        public int Priority => 0;

        public void Write(LogKind logKind, string text)
        {
            if (logKind == LogKind.Error && !text.StartsWith("//", StringComparison.Ordinal))
            {
                Console.Error.Write(text);
            }
        }

        public void WriteLine() => Console.Error.Write("");

        public void WriteLine(LogKind logKind, string text) => Write(logKind, text + Environment.NewLine);

        public void Flush()
        {
        }
    }
}
