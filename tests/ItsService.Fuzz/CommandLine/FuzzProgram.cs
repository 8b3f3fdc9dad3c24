using System.Diagnostics;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Targets;

namespace ItsService.Fuzz.CommandLine;

/// <summary>What <c>eng/fuzz.sh</c> runs.</summary>
internal sealed class FuzzProgram(FuzzOptions options, TextWriter output, TextWriter progress)
{
    private const int NothingFound = 0;
    private const int SomethingFound = 1;
    private const int BadInput = 2;
    private const int CanaryLives = 3;
    private const int SmokeExecutions = 400;
    private const int CanaryExecutions = 1_000_000;
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(10);

    /// <summary>
    /// 0 when nothing was found, 1 when something was, 2 when the input is bad, 3 when the canary was not found.
    /// </summary>
    public int Run()
    {
        if (options.Replay is { } input)
        {
            return ReplayInput(input);
        }

        using var folder = new WorkFolder(options.WorkFolder);
        return options.IsSmoke
            ? Smoke(folder)
            : options.Targets.Max(target => RunTarget(target, folder, options.Time, options.ExecutionsMax));
    }

    private int Smoke(WorkFolder folder)
    {
        var found = TargetRegistry.Real.Max(target => RunTarget(target, folder, time: null, SmokeExecutions));
        var canary = RunTarget(TargetRegistry.Canary, folder, time: null, CanaryExecutions);
        output.WriteLine(canary == SomethingFound
            ? "the canary was found, as it must be"
            : "the canary was not found: the fuzzer finds nothing");
        return canary == SomethingFound ? found : CanaryLives;
    }

    private int RunTarget(FuzzTarget target, WorkFolder work, TimeSpan? time, long executionsMax)
    {
        progress.WriteLine($"{target.Name}: {target.Summary}, seed {options.Seed}");
        var current = work.Begin(target.Name);
        progress.WriteLine($"{target.Name}: the input that is being tried is in {current.Path}");
        var watch = Stopwatch.StartNew();
        var run = new FuzzRun(target, options.Seed, FuzzLimits.Standard, current, TellFound);
        var folder = options.CorpusFolder is { } corpus ? Path.Combine(corpus, target.Name) : null;
        var worker = new Thread(() =>
        {
            run.Begin(folder is null ? [] : CorpusFolder.Read(folder).Select(file => file.Input));
            while (!run.HasEnoughFindings
                && (time is { } limit ? watch.Elapsed < limit : run.ExecutionCount < executionsMax))
            {
                run.TryNext();
            }
        })
        {
            // One that hangs must not keep the process.
            IsBackground = true,
        };
        worker.Start();
        if (!WaitFor(worker, target, run, watch))
        {
            // What was found before, too. The file stays, since the thread may still write to it.
            Report(target, run, watch.Elapsed);
            return SomethingFound;
        }

        current.Dispose();
        Report(target, run, watch.Elapsed);
        if (options.UpdatesCorpus && folder is not null && run.Findings.Count == 0)
        {
            CorpusFolder.Replace(folder, CorpusCover.Of(run.Corpus));
        }

        return run.Findings.Count > 0 ? SomethingFound : NothingFound;
    }

    /// <summary>False when an input hangs for good, which is told.</summary>
    private bool WaitFor(Thread worker, FuzzTarget target, FuzzRun run, Stopwatch watch)
    {
        var next = ProgressPeriod;
        while (!worker.Join(TimeSpan.FromMilliseconds(100)))
        {
            if (run.Execution.Stuck is { } input)
            {
                output.WriteLine($"{target.Name}: an input does not end");
                Print(new Finding(target.Name, FindingKind.Hang, "it does not end", input));
                return false;
            }

            if (watch.Elapsed >= next)
            {
                next += ProgressPeriod;
                progress.WriteLine(
                    $"{watch.Elapsed:h\\:mm\\:ss}: {target.Name}: {run.ExecutionCount} executions, "
                    + $"{run.ExecutionCount / watch.Elapsed.TotalSeconds:F0}/s, {run.Behaviours.Count} behaviours, "
                    + $"{run.Findings.Count} findings, {PeakMebibytes()} MiB at most");
            }
        }

        return true;
    }

    private void Report(FuzzTarget target, FuzzRun run, TimeSpan time)
    {
        foreach (var finding in run.Findings)
        {
            Print(finding);
        }

        output.WriteLine(
            $"{target.Name}: {run.ExecutionCount} executions in {time.TotalSeconds:F0} s "
            + $"({run.ExecutionCount / time.TotalSeconds:F0}/s), {run.Behaviours.Count} behaviours by "
            + $"{run.Corpus.Count} inputs, {run.Findings.Count} findings; at most "
            + $"{run.LongestTime.TotalMilliseconds:F0} ms and {run.AllocatedBytesMax >> 10} KiB allocated by an input, "
            + $"{run.AllocatedPercentMax:F0} % of what it may, {PeakMebibytes()} MiB resident");
    }

    /// <summary>At once, as it was found: who knows how the run ends.</summary>
    private void TellFound(Finding finding)
    {
        progress.WriteLine($"{finding.Target}: found {finding.Identity}");
        progress.WriteLine(ReplayCommand(finding));
    }

    private static string ReplayCommand(Finding finding) =>
        $"eng/fuzz.sh --target {finding.Target} --replay {finding.Hex}";

    private void Print(Finding finding)
    {
        output.WriteLine($"---- {finding.Target}: {finding.Kind}: {finding.Message}");
        output.WriteLine(ReplayCommand(finding));
    }

    private int ReplayInput(string fileOrHex)
    {
        byte[] input;
        try
        {
            input = File.Exists(fileOrHex) ? File.ReadAllBytes(fileOrHex) : Convert.FromHexString(fileOrHex);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or FormatException)
        {
            progress.WriteLine($"{fileOrHex}: neither a file nor hex: {refusal.Message}");
            return BadInput;
        }

        var result = new Execution(options.Targets[0], FuzzLimits.Standard).Run(input);
        foreach (var behaviour in result.Behaviours)
        {
            output.WriteLine(behaviour);
        }

        if (result.Finding is { } finding)
        {
            Print(finding);
        }

        output.WriteLine($"{result.Time.TotalMilliseconds:F1} ms, {result.AllocatedBytes >> 10} KiB allocated");
        return result.Finding is null ? NothingFound : SomethingFound;
    }

    private static long PeakMebibytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 >> 20;
    }
}
