using ItsService.Core;
using ItsService.Core.Tracing;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>How a run is made.</summary>
internal sealed record RunOptions
{
    /// <summary>After how many steps the state is compared; what steps return always is.</summary>
    public int StateEvery { get; init; } = 1;

    /// <summary>After how many steps everything is compared.</summary>
    public int EverythingEvery { get; init; } = 64;

    /// <summary>Makes Core differ on purpose.</summary>
    public Func<VirtualGicConfiguration, VirtualGicConfiguration>? AlterCore { get; init; }

    /// <summary>Whether somebody listens to what happens in Core, which must change nothing.</summary>
    public bool IsTraced { get; init; }

    /// <summary>Where what occurs is counted.</summary>
    public CoverageCounts Coverage { get; init; } = new();
}

/// <summary>A pair of models on its way through the steps of one script.</summary>
internal sealed class SimulationRun
{
    // Few enough that some are dropped.
    private const int TracedEventsMax = 16;

    private readonly ModelPair _pair;
    private readonly ModelComparison _comparison;
    private readonly StepExecutor _executor;
    private readonly RunOptions _options;
    private readonly Queue<SimulationStep> _refused = [];
    private int _stepCount;

    public SimulationRun(Shape shape, RunOptions options)
    {
        _options = options;
        _pair = new ModelPair(shape, options.AlterCore);
        _pair.Core.Trace = options.IsTraced ? new TraceTap(TracedEventsMax) : null;
        _comparison = new ModelComparison(_pair);
        _executor = new StepExecutor(_pair, _comparison, options.Coverage);
    }

    /// <summary>Does a step to both and compares them; what differs, or null.</summary>
    public Difference? Execute(SimulationStep step) => Watch(() =>
    {
        _options.Coverage.Count(step);
        if (step is not RunStep && _pair.Core.HasRunnableCommands)
        {
            _options.Coverage.Count(CoverageCases.Interleaving);
        }

        if (!_executor.Execute(step))
        {
            _refused.Enqueue(step);
        }

        _stepCount++;
        _pair.Core.Trace?.Clear();
        CompareStateNowAndThen();
        RetryRefused();
        if (_stepCount % _options.EverythingEvery == 0)
        {
            CompareEverything();
        }
    });

    /// <summary>Compares everything at the end.</summary>
    public Difference? Finish() => Watch(() =>
    {
        _comparison.CompareState();
        CompareEverything();
        _comparison.CompareWholeMemory();
        _options.Coverage.Count(CoverageCases.FailedRead, _pair.CoreMemory.FailedReadCount);
        _options.Coverage.Count(CoverageCases.FailedWrite, _pair.CoreMemory.FailedWriteCount);
        _options.Coverage.Count(CoverageCases.FailedProbe, _pair.CoreMemory.FailedProbeCount);
    });

    private static Difference? Watch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (DifferenceFoundException found)
        {
            return found.Difference;
        }
#pragma warning disable CA1031 // Whatever a model throws is a finding: it is for the guest to do what it likes.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            return new Difference(DifferenceKind.Exception, "an exception", thrown.ToString(), "");
        }
    }

    /// <summary>What was refused while paused is done, in order, once the controller runs.</summary>
    private void RetryRefused()
    {
        while (_pair.Core.State == RunState.Running && _refused.TryDequeue(out var step))
        {
            _executor.Execute(step);
            CompareStateNowAndThen();
        }
    }

    private void CompareStateNowAndThen()
    {
        if (_stepCount % _options.StateEvery == 0)
        {
            _comparison.CompareState();
        }
    }

    private void CompareEverything()
    {
        _comparison.CompareEverything();
        _executor.CompareCounters();
    }
}
