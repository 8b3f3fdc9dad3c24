using System.Diagnostics;
using ItsService.Differential.Comparison;
using ItsService.Differential.Generation;
using ItsService.Differential.KnownDifferences;
using ItsService.Differential.Reporting;
using ItsService.Differential.Shrinking;
using ItsService.Differential.Sides;
using ItsService.Differential.Steps;

namespace ItsService.Differential;

/// <summary>
/// One run: sequence after sequence goes to QEMU and to the service, until the time is over or they differ.
/// </summary>
internal sealed class DifferentialRun(
    DifferentialOptions options, IReadOnlyList<KnownDifference> table, TextWriter output)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShrinkTimeMax = TimeSpan.FromMinutes(2);

    private readonly Tally _tally = new(table);

    /// <summary>What was counted.</summary>
    public Tally Tally => _tally;

    /// <summary>Returns 0 when all was equal and each row of the table was needed and narrow, else 1.</summary>
    public async Task<int> ExecuteAsync()
    {
        await using var machines = await Machines.StartAsync();
        return options.OnlySequence is { } only
            ? await RunOneAsync(machines, only)
            : await RunManyAsync(machines);
    }

    private async Task<int> RunManyAsync(Machines machines)
    {
        var started = Stopwatch.StartNew();
        var nextProgress = ProgressInterval;
        await output.WriteLineAsync($"differential: seed {options.Seed}");
        for (var number = 0; started.Elapsed < options.Duration
            && number < (options.SequencesMax ?? int.MaxValue); number++)
        {
            var sequence = SequenceGenerator.Generate(options.Seed, number);
            var all = StepSelection.All(sequence.Steps);
            if (await RunAsync(machines, sequence, all, _tally) is { } difference)
            {
                await ReportAsync(machines, sequence, all, difference);
                await TallyReport.WriteAsync(output, _tally, differences: 1);
                return 1;
            }

            if (started.Elapsed >= nextProgress)
            {
                nextProgress += ProgressInterval;
                await TallyReport.WriteProgressAsync(output, _tally, started.Elapsed);
            }
        }

        await TallyReport.WriteAsync(output, _tally, differences: 0);
        return _tally.Complaints().Any() ? 1 : 0;
    }

    /// <summary>The table is not judged by one sequence.</summary>
    private async Task<int> RunOneAsync(Machines machines, int number)
    {
        var sequence = SequenceGenerator.Generate(options.Seed, number);
        var selection = options.Keep is { } keep
            ? StepSelection.Parse(sequence.Steps, keep)
            : StepSelection.All(sequence.Steps);
        if (await RunAsync(machines, sequence, selection, _tally) is not { } difference)
        {
            await output.WriteLineAsync($"sequence {number} of seed {options.Seed}: no difference");
            return 0;
        }

        await ReportAsync(machines, sequence, selection, difference);
        return 1;
    }

    private async Task<Difference?> RunAsync(
        Machines machines, Sequence sequence, IReadOnlyList<StepPart> selection, Tally tally)
    {
        var both = await machines.BeginAsync(sequence.Plan, sequence.MemoryEnd);
        await using var service = both.Service;
        try
        {
            Func<CommandSlot, CommandSlot>? canary = options.HasCanary ? Canary.Convert : null;
            var runner = new SequenceRunner(both, sequence.Plan, UsedNumbers.In(sequence.Steps), tally, canary);
            await runner.RunAsync(StepSelection.Apply(sequence.Steps, selection));
            return null;
        }
        catch (DifferenceException found)
        {
            return found.Difference;
        }
        catch (Exception fault)
        {
            machines.Discard();
            throw new SequenceFaultException(sequence.Plan, fault);
        }
    }

    private async Task ReportAsync(
        Machines machines, Sequence sequence, IReadOnlyList<StepPart> selection, Difference difference)
    {
        await output.WriteLineAsync("a difference: shrinking it");
        var searched = Stopwatch.StartNew();
        var last = difference;
        var shrunk = await DeltaDebugging.ShrinkAsync(
            [.. selection.Where(part => difference.Step is null || part.Step <= difference.StepNumber)],
            async part =>
            {
                var found = await RunAsync(machines, sequence, part, new Tally(table));
                if (found?.Mismatch.Where != difference.Mismatch.Where)
                {
                    return false;
                }

                last = found;
                return true;
            },
            () => searched.Elapsed < ShrinkTimeMax);
        await DifferenceReport.WriteAsync(output, options, sequence, difference, last, shrunk);
    }
}
