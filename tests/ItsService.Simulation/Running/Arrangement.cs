using ItsService.Simulation.Comparison;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Running;

/// <summary>
/// The steps that neither model sees as an access: what happens to guest memory, Pause and Resume, a restore.
/// </summary>
internal static class Arrangement
{
    /// <summary>Makes one; false when the step is of another kind.</summary>
    public static bool TryMake(ModelPair pair, SimulationStep step)
    {
        switch (step)
        {
            case MemoryStep memory:
                pair.GuestWrites(memory.Address, [.. memory.Bytes]);
                return true;
            case FillStep fill:
                pair.GuestWrites(fill.Address, [.. Enumerable.Repeat(fill.Value, fill.Length)]);
                return true;
            case FaultStep fault:
                pair.Faults.Add(fault.Kind, fault.Address, fault.Length);
                return true;
            case HealStep:
                pair.Faults.Clear();
                return true;
            case EvictStep evict:
                pair.Residency.Evict((ulong)evict.GranuleBytes);
                return true;
            case PauseStep:
                pair.Core.Pause();
                return true;
            case ResumeStep:
                pair.Core.Resume();
                return true;
            case RestoreStep:
                Restore(pair);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Between two entries the state is whole, whatever waits in a queue: given back, it is as if nothing had been.
    /// Meanwhile the controller has the state that it began with.
    /// </summary>
    private static void Restore(ModelPair pair)
    {
        var state = pair.Core.Persistence.Save();
        var problems = pair.Core.Persistence.Restore(pair.FirstState)
            .Concat(pair.Core.Persistence.Restore(state))
            .ToList();
        if (problems.Count > 0)
        {
            throw DifferenceFoundException.Of(
                DifferenceKind.Result, "a state that was saved", string.Join("; ", problems), "nothing wrong with it");
        }
    }
}
