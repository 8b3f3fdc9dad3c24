using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Targets;

namespace ItsService.Fuzz.Tests;

/// <summary>A short run of each target with a seed that stays the same; eng/fuzz.sh makes long ones.</summary>
public class SmokeTests
{
    private const int ExecutionCount = 150;

    public static TheoryData<string> Targets => [.. TargetRegistry.Real.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Run_finds_nothing_and_learns(string name)
    {
        var run = Run(name, seed: 1);

        Assert.Empty(run.Findings.Select(finding => $"{finding.Kind} {finding.Message} {finding.Hex}"));
        Assert.InRange(run.Behaviours.Count, 30, int.MaxValue);
        Assert.InRange(run.Corpus.Count, 15, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Seed_tries_the_same_inputs_each_time(string name)
    {
        var (first, second, other) = (Run(name, seed: 7), Run(name, seed: 7), Run(name, seed: 8));

        Assert.Equal(Kept(first), Kept(second));
        Assert.Equal(first.Behaviours.OrderBy(pair => pair.Key), second.Behaviours.OrderBy(pair => pair.Key));
        Assert.NotEqual(Kept(first), Kept(other));
    }

    private static FuzzRun Run(string name, ulong seed)
    {
        var run = new FuzzRun(TargetRegistry.Find(name)[0], seed, FuzzLimits.Standard);
        run.Begin([]);
        while (run.ExecutionCount < ExecutionCount)
        {
            run.TryNext();
        }

        return run;
    }

    private static string[] Kept(FuzzRun run) => [.. run.Corpus.Select(entry => Convert.ToHexString(entry.Input))];
}
