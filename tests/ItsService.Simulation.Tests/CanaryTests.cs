using ItsService.Core;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Simulation.CommandLine;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Running;
using ItsService.Simulation.Shrinking;

namespace ItsService.Simulation.Tests;

/// <summary>One side is made to differ on purpose: a simulator that does not find that finds nothing.</summary>
public class CanaryTests
{
    private const int SeedsMax = 60;
    private const int StepsMax = 30;
    private static readonly TimeSpan ShrinkingTime = TimeSpan.FromSeconds(60);

    private static readonly Dictionary<string, Func<GicProfile, GicProfile>> Alterations = new()
    {
        ["MAPC leaves pending LPIs behind, or takes them along"] =
            profile => profile with { MapcMovesPending = !profile.MapcMovesPending },
        ["an error stalls the queue, or does not"] = profile => profile with
        {
            CommandErrorPolicy = profile.CommandErrorPolicy == CommandErrorPolicy.Stall
                ? CommandErrorPolicy.Continue
                : CommandErrorPolicy.Stall,
        },
        ["attributes are kept, or not"] = profile => profile with
        {
            AttributePolicy = profile.AttributePolicy == MemoryAttributePolicy.KeepAll
                ? MemoryAttributePolicy.CoherentOnly
                : MemoryAttributePolicy.KeepAll,
        },
        ["EventIDs are a bit narrower"] = profile =>
            profile with { EventIdBits = Math.Max(profile.EventIdBits - 1, 1) },
    };

    public static TheoryData<string> Names => [.. Alterations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Difference_is_found_and_shrunk(string name)
    {
        VirtualGicConfiguration Alter(VirtualGicConfiguration configuration) =>
            configuration with { Profile = Alterations[name](configuration.Profile) };
        var options = new RunOptions { AlterCore = Alter };
        var finding = Find(options);

        var (script, difference) = Shrinker.Shrink(finding.Script, finding.Difference, ShrinkingTime, Alter);

        Assert.Equal(finding.Difference.Kind, difference.Kind);
        Assert.InRange(script.Steps.Count, 0, StepsMax);
        Assert.NotEqual(difference.Core, difference.Reference);
        var everything = new RunOptions { EverythingEvery = 1 };
        Assert.Equal(difference, Shrinker.Replay(script, everything with { AlterCore = Alter }).Difference);
        Assert.Null(Shrinker.Replay(script, everything).Difference);
    }

    [Theory]
    [InlineData("submit")]
    [InlineData("place")]
    public void Commands_that_do_not_matter_are_left_out_of_a_step(string step)
    {
        const string Sync = "5,0,0,0";
        const string Unknown = "7F,0,0,0";
        var text = $"""
            profile Kvm
            write gits 0 0x100 8 0x8107000040200200
            write gits 0 0x108 8 0x8407000040210200
            write gits 0 0x80 8 0x8000000040220000
            write gits 0 0x0 4 0x1
            {step} 0 {Sync} {Sync} {Unknown} {Sync}
            """;
        static VirtualGicConfiguration Alter(VirtualGicConfiguration configuration) => configuration with
        {
            Profile = configuration.Profile with { CommandErrorPolicy = CommandErrorPolicy.Stall },
        };
        var found = Shrinker.Replay(Steps.Script.Parse(text), new RunOptions { AlterCore = Alter }).Difference;

        Assert.NotNull(found);
        var (shrunk, _) = Shrinker.Shrink(Steps.Script.Parse(text), found, ShrinkingTime, Alter);
        Assert.StartsWith($"{step} 0 {Unknown}  #", Steps.StepText.Print(shrunk.Steps[^1]), StringComparison.Ordinal);
    }

    [Fact]
    public void Exception_of_a_model_is_a_difference()
    {
        var run = new SimulationRun(new Shapes.Shape(Shapes.ShapeProfile.Kvm, 1, 1), new RunOptions());

        var difference = run.Execute(new Steps.SystemReadStep(Vcpu: 5, Encoding: 0xC660));

        Assert.Equal(DifferenceKind.Exception, difference?.Kind);
    }

    private static Finding Find(RunOptions options)
    {
        for (var seed = 1UL; seed <= SeedsMax; seed++)
        {
            if (SeedRunner.Run(seed, new CoverageTable(), options) is { } finding)
            {
                return finding;
            }
        }

        throw new InvalidOperationException("No seed has found it.");
    }
}
