using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Generation;
using ItsService.Simulation.Running;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.CommandLine;

/// <summary>A difference that a seed has led to.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Script">All that was done until then.</param>
/// <param name="Difference">What differs.</param>
internal sealed record Finding(ulong Seed, Script Script, Difference Difference);

/// <summary>Runs one seed.</summary>
internal static class SeedRunner
{
    /// <summary>Adds what occurs to the table, and to the count of steps as they are done.</summary>
    public static Finding? Run(ulong seed, CoverageTable coverage, RunOptions options, Action? afterStep = null)
    {
        var generator = new StepGenerator(seed);
        var counts = new CoverageCounts();
        counts.Count(generator.Shape);
        var run = new SimulationRun(generator.Shape, options with { Coverage = counts });
        List<SimulationStep> done = [];
        Difference? difference = null;
        while (difference is null && done.Count < generator.StepCount)
        {
            var step = generator.Next();
            done.Add(step);
            difference = run.Execute(step);
            afterStep?.Invoke();
        }

        difference ??= run.Finish();
        foreach (var action in Enum.GetValues<ActionKind>())
        {
            counts.Count(CoverageCases.Action(action), generator.ActionCounts[(int)action]);
        }

        coverage.Add(generator.Shape, counts);
        return difference is null ? null : new Finding(seed, new Script(generator.Shape, done), difference);
    }
}
