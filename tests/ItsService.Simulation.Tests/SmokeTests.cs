using ItsService.Simulation.CommandLine;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Tests;

/// <summary>A short run with seeds that stay the same; eng/simulate.sh makes long ones.</summary>
public class SmokeTests
{
    // The last three have cases that the others miss.
    private static readonly int[] Seeds = [.. Enumerable.Range(1, 24), 29, 31, 38];

    // What a run as short as this may miss, since it takes several odd things at once. A long run may not.
    private static readonly string[] Rare =
    [
        "MAPD 0xFF000003", "MAPI 0x010B03", "MAPI 0xFF000003", "MAPI 0xFF000004", "MAPTI 0xFF000003", "MOVI 0x010103",
        "DISCARD 0xFF000003", "INVALL 0x010D03", "INT's message DroppedIntIdOutOfRange",
        "message DroppedIntIdOutOfRange", "message DroppedPendingLimit", "INT's message DroppedPendingLimit",
        "GICR_SETLPIR DroppedPendingLimit", "reported PendingTableTooFull", "host's commands refused: QueueTooSmall",
        "host's commands refused: WriteOffsetOutOfRange", "host's commands refused: QueueNotWritable",
        "host's commands refused: QueueMemoryFailed", "host's command Overwritten",
        "IAR0: a PPI", "DIR deactivates what another vCPU took",
    ];

    [Fact]
    public void Seeds_find_no_difference_and_reach_what_matters()
    {
        var coverage = new CoverageTable();
        var findings = new List<string>();
        Parallel.ForEach(Seeds, seed =>
        {
            if (SeedRunner.Run((ulong)seed, coverage, new RunOptions()) is { } finding)
            {
                lock (findings)
                {
                    findings.Add($"eng/simulate.sh --seed {seed}: {finding.Difference}");
                }
            }
        });

        Assert.Empty(findings);
        Assert.Empty(Rare.Except(CoverageCases.All));
        Assert.Empty(coverage.Missed().Except(Rare));
    }

    /// <summary>Somebody listens to what happens in Core, which answers and goes on as the reference does.</summary>
    [Fact]
    public void Seeds_find_no_difference_in_a_core_that_is_traced() => Assert.All(
        Seeds.Take(8),
        seed => Assert.Null(SeedRunner.Run((ulong)seed, new CoverageTable(), new RunOptions { IsTraced = true })));

    [Fact]
    public void Seed_makes_the_same_steps_each_time()
    {
        var first = new Generation.StepGenerator(seed: 12);
        var second = new Generation.StepGenerator(seed: 12);
        var other = new Generation.StepGenerator(seed: 13);
        List<string> ofOther = [];
        List<string> ofFirst = [];
        for (var number = 0; number < 500; number++)
        {
            ofFirst.Add(Steps.StepText.Print(first.Next()));
            ofOther.Add(Steps.StepText.Print(other.Next()));
            Assert.Equal(ofFirst[^1], Steps.StepText.Print(second.Next()));
        }

        Assert.NotEqual(ofFirst, ofOther);
    }
}
