using System.Diagnostics;
using ItsService.Core;
using ItsService.Simulation.Comparison;
using ItsService.Simulation.Running;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Shrinking;

/// <summary>
/// Makes a script that ends in a difference shorter, as long as it ends in one of the same kind: leaves out steps, ever
/// smaller runs of them (delta debugging), then commands of a step, then what is special about the shape.
/// </summary>
internal sealed class Shrinker
{
    private readonly DifferenceKind _kind;
    private readonly TimeSpan _time;
    private readonly Func<VirtualGicConfiguration, VirtualGicConfiguration>? _alterCore;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private Script _script;
    private Difference _difference;

    private Shrinker(
        Script script,
        Difference difference,
        TimeSpan time,
        Func<VirtualGicConfiguration, VirtualGicConfiguration>? alterCore)
    {
        _script = script;
        _difference = difference;
        _kind = difference.Kind;
        _time = time;
        _alterCore = alterCore;
    }

    /// <summary>
    /// The shortest script found in the time, and the difference that it ends in. The one given is known to end so.
    /// </summary>
    public static (Script Script, Difference Difference) Shrink(
        Script script,
        Difference difference,
        TimeSpan time,
        Func<VirtualGicConfiguration, VirtualGicConfiguration>? alterCore = null)
    {
        var shrinker = new Shrinker(script, difference, time, alterCore);
        shrinker.LeaveOutSteps();
        shrinker.LeaveOutCommands();
        shrinker.SimplifyShape();
        shrinker.LeaveOutSteps();
        shrinker.CompareAsReplayed();
        return (shrinker._script, shrinker._difference);
    }

    /// <summary>Runs a script to its end or to the first difference.</summary>
    public static (Difference? Difference, int StepCount) Replay(Script script, RunOptions options)
    {
        var run = new SimulationRun(script.Shape, options);
        for (var index = 0; index < script.Steps.Count; index++)
        {
            if (run.Execute(script.Steps[index]) is { } difference)
            {
                return (difference, index + 1);
            }
        }

        return (run.Finish(), script.Steps.Count);
    }

    private void LeaveOutSteps()
    {
        for (var size = Math.Max(_script.Steps.Count / 2, 1); size > 0; size /= 2)
        {
            var start = 0;
            while (start < _script.Steps.Count)
            {
                var shorter = _script.Steps.Where((_, index) => index < start || index >= start + size).ToList();
                if (!TryScript(_script with { Steps = shorter }))
                {
                    start += size;
                }
            }
        }
    }

    private void LeaveOutCommands()
    {
        for (var index = 0; index < _script.Steps.Count; index++)
        {
            var place = 0;
            while (index < _script.Steps.Count && SlotsOf(_script.Steps[index]) is { Count: > 1 } slots
                && place < slots.Count)
            {
                if (!TryStep(index, WithSlots(_script.Steps[index], [.. slots.Where((_, slot) => slot != place)])))
                {
                    place++;
                }
            }
        }
    }

    private static IReadOnlyList<Slot> SlotsOf(SimulationStep step) => step switch
    {
        SubmitStep submit => submit.Slots,
        PlaceStep place => place.Slots,
        _ => [],
    };

    private static SimulationStep WithSlots(SimulationStep step, IReadOnlyList<Slot> slots) => step switch
    {
        SubmitStep submit => submit with { Slots = slots },
        PlaceStep place => place with { Slots = slots },
        _ => step,
    };

    private void SimplifyShape()
    {
        foreach (var option in _script.Shape.Options.Keys.ToList())
        {
            TryShape(_script.Shape with { Options = _script.Shape.Options.Remove(option) });
        }

        foreach (var vcpus in new[] { 1, 2, 3, 4 }.Where(count => count < _script.Shape.VcpuCount))
        {
            if (TryShape(_script.Shape with { VcpuCount = vcpus }))
            {
                break;
            }
        }

        foreach (var itsCount in new[] { 1, 2 }.Where(count => count < _script.Shape.ItsCount))
        {
            if (TryShape(_script.Shape with { ItsCount = itsCount }))
            {
                break;
            }
        }
    }

    private bool TryStep(int index, SimulationStep step) => TryScript(_script with
    {
        Steps = [.. _script.Steps.Select((present, place) => place == index ? step : present)],
    });

    private bool TryShape(Shape shape) => TryScript(_script with { Shape = shape });

    /// <summary>
    /// Takes the script if it ends in the same kind of difference. The state is compared at its end alone, which is
    /// where the script that is shrunk differs; that makes a replay many times faster.
    /// </summary>
    private bool TryScript(Script candidate) => _watch.Elapsed < _time && ScriptBounds.Fits(candidate) && Take(
        candidate,
        new RunOptions { AlterCore = _alterCore, StateEvery = int.MaxValue, EverythingEvery = int.MaxValue });

    /// <summary>Compares everything after each step, as who replays the script will.</summary>
    private void CompareAsReplayed() =>
        Take(_script, new RunOptions { AlterCore = _alterCore, EverythingEvery = 1 });

    private bool Take(Script candidate, RunOptions options)
    {
        var (difference, stepCount) = Replay(candidate, options);
        if (difference is null || difference.Kind != _kind)
        {
            return false;
        }

        _script = candidate with { Steps = [.. candidate.Steps.Take(stepCount)] };
        _difference = difference;
        return true;
    }
}
