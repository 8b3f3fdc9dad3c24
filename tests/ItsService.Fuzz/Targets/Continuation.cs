using ItsService.Core;
using ItsService.Core.State;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;
using ItsService.Fuzz.Oracles;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// A machine that was given a state goes on like any other: nothing that its guest does throws, and whatever state it
/// comes to is one that can be saved and restored.
/// </summary>
internal static class Continuation
{
    /// <summary>Lets a guest act, and looks at the state on the way and at the end.</summary>
    public static void Run(Machine machine, ulong seed, int actionCount, Behaviours behaviours)
    {
        var guest = new RandomGuest(machine, new Prng(seed));
        var check = new SlowStateCheck(machine.Shape);
        for (var action = 1; action <= actionCount; action++)
        {
            guest.Act();
            if (action == actionCount / 3 || action == actionCount)
            {
                MustBeRestorable(machine, check);
            }
        }

        Note(machine.Gic, behaviours);
    }

    /// <summary>The state of a machine is right, and comes back as it is.</summary>
    public static void MustBeRestorable(Machine machine, SlowStateCheck check)
    {
        var state = machine.Gic.Persistence.Save();
        var copy = new Machine(machine.Shape, machine.Memory.Copy());
        var problems = copy.Gic.Persistence.Restore(state);
        if (problems.Count > 0)
        {
            throw new BrokenPromiseException($"a state that the machine is in is refused: {problems[0]}");
        }

        if (check.FirstProblem(state) is { } problem)
        {
            throw new BrokenPromiseException($"the slow check has something against a state that is: {problem}");
        }

        MustBeEqual(state, copy.Gic.Persistence.Save(), "a state is another one after save and restore");
    }

    /// <summary>Two states are the same.</summary>
    public static void MustBeEqual(GicState expected, GicState actual, string promise)
    {
        var difference = StateComparison.Difference(expected, actual);
        BrokenPromiseException.ThrowUnless(difference is null, $"{promise}: {difference}");
    }

    /// <summary>What commands and messages came to.</summary>
    public static void Note(VirtualGic gic, Behaviours behaviours)
    {
        foreach (var (opcode, error, _) in gic.Counters.Commands())
        {
            behaviours.Note($"command {opcode} {error}");
        }

        foreach (var kept in gic.Events.After(0))
        {
            behaviours.Note($"event {kept.Event.Kind} {kept.Event.Outcome}");
        }
    }
}
