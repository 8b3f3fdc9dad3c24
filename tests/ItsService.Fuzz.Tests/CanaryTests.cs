using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Targets;

namespace ItsService.Fuzz.Tests;

/// <summary>Targets that are wrong on purpose: a fuzzer that does not find that finds nothing.</summary>
public class CanaryTests
{
    private const int ExecutionsMax = 1_000_000;

    private static readonly byte[] Small = [0xAB, 0xCD];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Canary_is_found_and_made_small(ulong seed)
    {
        var finding = Find(TargetRegistry.Canary, FuzzLimits.Standard, seed);

        Assert.Equal(FindingKind.Crash, finding.Kind);
        Assert.Equal("canary"u8, finding.Input);
        Assert.Equal("63616E617279", finding.Hex);
        Assert.Contains("InvalidOperationException in CanaryTarget.Run", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Same_seed_finds_the_same()
    {
        var (first, second) = (RunOf(TargetRegistry.Canary, 3, 150_000), RunOf(TargetRegistry.Canary, 3, 150_000));

        Assert.Equal(
            first.Findings.Select(finding => (finding.Identity, finding.Hex)),
            second.Findings.Select(finding => (finding.Identity, finding.Hex)));
        Assert.Equal(first.ExecutionCount, second.ExecutionCount);
    }

    [Fact]
    public void Input_that_takes_too_long_is_a_finding()
    {
        var limits = new FuzzLimits(Time: TimeSpan.FromMilliseconds(30), Patience: TimeSpan.FromSeconds(20));

        var finding = Find(Wrong("slow", _ =>
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            while (watch.ElapsedMilliseconds < 40)
            {
                // It works hard.
            }
        }), limits, seed: 1);

        Assert.Equal(FindingKind.Hang, finding.Kind);
    }

    [Fact]
    public void Input_that_does_not_end_is_seen_from_outside()
    {
        var limits = new FuzzLimits(Time: TimeSpan.FromMilliseconds(1), Patience: TimeSpan.FromMilliseconds(20));
        using var seen = new ManualResetEventSlim();
        var execution = new Execution(Wrong("endless", _ => seen.Wait(TimeSpan.FromMinutes(1))), limits);
        var thread = new Thread(() => execution.Run([7])) { IsBackground = true };

        thread.Start();
        SpinWait.SpinUntil(() => execution.Stuck is not null, TimeSpan.FromSeconds(30));

        Assert.Equal([7], execution.Stuck);
        seen.Set();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.Null(execution.Stuck);
    }

    [Fact]
    public void Input_that_allocates_too_much_is_a_finding()
    {
        var finding = Find(Wrong("greedy", _ => GC.KeepAlive(new byte[1 << 17])), FuzzLimits.Standard, seed: 1);

        Assert.Equal(FindingKind.Memory, finding.Kind);
        Assert.Contains("of 65536", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_promise_is_a_finding_once()
    {
        var run = RunOf(
            Wrong("liar", input => throw new BrokenPromiseException($"byte {input.Length} is wrong")), 1, 200);

        var finding = Assert.Single(run.Findings);
        Assert.Equal((FindingKind.BrokenPromise, "BrokenPromise: byte # is wrong"), (finding.Kind, finding.Identity));
        Assert.Empty(finding.Input);
        Assert.Empty(run.Corpus);
    }

    /// <summary>It is tried for the sake of another input alone, which is kept for what it does.</summary>
    [Fact]
    public void Bug_that_only_a_smaller_input_has_is_a_finding()
    {
        var run = RunOf(Shrinking("small", _ => { }), seed: 1, executions: 200);

        var finding = Assert.Single(run.Findings);
        Assert.Equal("BrokenPromise: the small one", finding.Identity);
        Assert.Equal(Small, finding.Input);
    }

    [Fact]
    public void Bug_that_is_met_while_another_is_made_small_is_a_finding()
    {
        var told = new List<string>();
        var target = Shrinking("two", input => BrokenPromiseException.ThrowUnless(input.Length < 4, "the long one"));
        var run = RunOf(target, seed: 1, executions: 500, finding => told.Add(finding.Identity));

        Assert.Equal(
            ["BrokenPromise: the long one", "BrokenPromise: the small one"],
            run.Findings.Select(finding => finding.Identity).Order(StringComparer.Ordinal));
        Assert.Equal(run.Findings.Select(finding => finding.Identity), told);
    }

    /// <summary>Nobody comes to the small input by chance; each other one is made smaller to it.</summary>
    private static FuzzTarget Shrinking(string name, Action<byte[]> run) => TargetRegistry.Canary with
    {
        Name = name,
        Smaller = _ => [Small],
        Run = (input, behaviours) =>
        {
            BrokenPromiseException.ThrowUnless(!input.SequenceEqual(Small), "the small one");
            run(input);
            behaviours.Note($"length {new string('x', input.Length)}");
        },
    };

    private static FuzzTarget Wrong(string name, Action<byte[]> run) => TargetRegistry.Canary with
    {
        Name = name,
        Run = (input, _) => run(input),
    };

    private static FuzzRun RunOf(
        FuzzTarget target, ulong seed, int executions, Action<Finding>? onFound = null)
    {
        var run = new FuzzRun(target, seed, FuzzLimits.Standard, onFound: onFound);
        run.Begin([]);
        while (run.ExecutionCount < executions)
        {
            run.TryNext();
        }

        return run;
    }

    private static Finding Find(FuzzTarget target, FuzzLimits limits, ulong seed)
    {
        var run = new FuzzRun(target, seed, limits);
        run.Begin([]);
        while (run.Findings.Count == 0 && run.ExecutionCount < ExecutionsMax)
        {
            run.TryNext();
        }

        return Assert.Single(run.Findings);
    }
}
