using System.Diagnostics;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Running;
using ItsService.Simulation.Shrinking;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.CommandLine;

/// <summary>
/// What <c>eng/simulate.sh</c> runs: seeds on every core until the time is over, or a script. A long run in which a
/// case never occurred has failed: it did not try what it is for.
/// </summary>
internal sealed class SimulationProgram(SimulationOptions options, TextWriter output, TextWriter progress)
{
    private const int NoDifference = 0;
    private const int DifferenceFound = 1;
    private const int BadInput = 2;
    private const int CaseMissed = 3;

    // With so many every case has occurred several times, or the generator no longer makes it.
    private const long StepsForEveryCase = 1_000_000;
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShrinkingTime = TimeSpan.FromSeconds(60);

    private readonly CoverageTable _coverage = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _seedsBegun;
    private long _seedsDone;
    private long _stepsDone;
    private Finding? _finding;

    /// <summary>
    /// 0 without a difference, 1 with one, 2 when the input is bad, 3 when a long run has missed a case.
    /// </summary>
    public int Run() => options.ReplayFile is { } file ? ReplayFile(file) : RunSeeds();

    private int RunSeeds()
    {
        var workerCount = options.Time is null ? 1 : Environment.ProcessorCount;
        var workers = Enumerable.Range(0, workerCount).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(worker => worker.Start());
        while (!workers.TrueForAll(worker => worker.Join(TimeSpan.Zero)))
        {
            WaitFor(workers);
        }

        output.Write(_coverage.Print());
        var missed = _coverage.Missed();
        output.WriteLine(missed.Count == 0
            ? "every case occurred"
            : $"{missed.Count} cases never occurred: {string.Join(", ", missed)}");
        if (_finding is not null)
        {
            Report(_finding);
        }

        output.WriteLine(
            $"{_stepsDone} steps, {_seedsDone} seeds from {options.Seed} on, {(_finding is null ? 0 : 1)} differences, "
            + $"{_watch.Elapsed.TotalSeconds:F0} s");
        return ExitCode(_finding is not null, missed.Count, _stepsDone);
    }

    /// <summary>Tells how a run over seeds has ended.</summary>
    internal static int ExitCode(bool hasDifference, int missedCount, long stepCount) =>
        hasDifference ? DifferenceFound
        : missedCount > 0 && stepCount >= StepsForEveryCase ? CaseMissed
        : NoDifference;

    private void WaitFor(List<Thread> workers)
    {
        var period = Stopwatch.StartNew();
        while (period.Elapsed < ProgressPeriod)
        {
            if (workers.TrueForAll(worker => worker.Join(TimeSpan.FromMilliseconds(50))))
            {
                return;
            }
        }

        progress.WriteLine(
            $"{_watch.Elapsed:h\\:mm\\:ss}: {Interlocked.Read(ref _stepsDone)} steps, "
            + $"{Interlocked.Read(ref _seedsDone)} seeds, 0 differences");
    }

    private void Work()
    {
        while (Volatile.Read(ref _finding) is null)
        {
            var number = Interlocked.Increment(ref _seedsBegun) - 1;
            if (options.Time is { } time ? _watch.Elapsed >= time : number > 0)
            {
                return;
            }

            var seed = unchecked(options.Seed + (ulong)number);
            var finding = SeedRunner.Run(
                seed, _coverage, new RunOptions(), () => Interlocked.Increment(ref _stepsDone));
            Interlocked.Increment(ref _seedsDone);
            if (finding is not null)
            {
                Interlocked.CompareExchange(ref _finding, finding, null);
                return;
            }
        }
    }

    private void Report(Finding finding)
    {
        output.WriteLine($"difference: seed {finding.Seed}, step {finding.Script.Steps.Count}");
        output.WriteLine($"differs after {_watch.Elapsed.TotalSeconds:F1} s");
        Print(finding.Difference);
        progress.WriteLine("shrinking the script");
        var (script, difference) = Shrinker.Shrink(finding.Script, finding.Difference, ShrinkingTime);
        var text = script.Print($"seed {finding.Seed}, {difference.Kind}: {difference.What}");
        output.WriteLine($"the same by {script.Steps.Count} steps:");
        Print(difference);
        output.WriteLine("---- eng/simulate.sh --replay takes a file with these lines ----");
        output.Write(text);
        output.WriteLine("----");
        if (options.SaveFile is { } file)
        {
            File.WriteAllText(file, text);
        }
    }

    private void Print(Comparison.Difference difference)
    {
        output.WriteLine($"  what:      {difference.What}");
        output.WriteLine($"  core:      {difference.Core}");
        output.WriteLine($"  reference: {difference.Reference}");
    }

    private int ReplayFile(string file)
    {
        Script script;
        try
        {
            script = Script.Parse(File.ReadAllText(file));
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or FormatException)
        {
            progress.WriteLine($"{file}: {refusal.Message}");
            return BadInput;
        }

        if (ScriptBounds.Offender(script) is { } offender)
        {
            progress.WriteLine($"{file}: '{StepText.Print(offender)}' names a place that the shape does not have");
            return BadInput;
        }

        var (difference, stepCount) = Shrinker.Replay(script, new RunOptions { EverythingEvery = 1 });
        if (difference is not null)
        {
            output.WriteLine($"difference: step {stepCount}: {StepText.Print(script.Steps[stepCount - 1])}");
            Print(difference);
        }

        output.WriteLine($"{stepCount} steps, {(difference is null ? 0 : 1)} differences");
        return difference is null ? NoDifference : DifferenceFound;
    }
}
