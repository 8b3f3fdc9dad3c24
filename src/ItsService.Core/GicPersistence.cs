using ItsService.Core.State;
using ItsService.Core.State.Validation;
using ItsService.Core.Submissions;

namespace ItsService.Core;

/// <summary>
/// Takes the whole state of a controller, and gives it one. Between two entries the controller is at a command
/// boundary, so that the state is whole whatever waits in a queue.
/// </summary>
public readonly struct GicPersistence
{
    private readonly VirtualGic _gic;
    private readonly GicParts _parts;

    internal GicPersistence(VirtualGic gic, GicParts parts) => (_gic, _parts) = (gic, parts);

    /// <summary>
    /// The state as it stands. Nothing changes, in either run state, and guest memory is not touched.
    /// </summary>
    public GicState Save() => Save(_parts, NewMemory);

    /// <summary>The same, with the events, which are most of a large state, in memory that the caller gives.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public GicState Save(EventMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return Save(_parts, memory);
    }

    /// <summary>
    /// Takes a state in place of the present one, and executes nothing. A state that this controller cannot be in is
    /// refused with all that is wrong with it, and nothing changes then. Guest memory is not touched.
    /// </summary>
    /// <exception cref="ArgumentNullException">There is no state.</exception>
    public IReadOnlyList<StateProblem> Restore(GicState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var problems = StateValidation.FindProblems(state, _parts.Configuration);
        if (problems.Count == 0)
        {
            _gic.DiscardStaged();
            Take(_parts, state);
            _parts.History.Forget();
            foreach (var service in _parts.Services)
            {
                service.Submissions.EndAll(SubmittedCommandOutcome.Restored);
            }
        }

        return problems;
    }

    /// <summary>A controller of the same shape over the same memory, in the same state.</summary>
    internal static GicParts Copy(GicParts parts)
    {
        var copy = new GicParts(parts.Configuration, parts.Memory) { Layout = parts.Layout };
        Take(copy, Save(parts));
        return copy;
    }

    internal static GicState Save(GicParts parts) => Save(parts, NewMemory);

    /// <summary>
    /// The state after a cold reset: made of the same records as a saved one, so that a new part does not compile
    /// without its value at reset either.
    /// </summary>
    internal static GicState StateAtReset(GicParts parts) => new(
        Distributor: parts.Distributor.StateAtReset,
        Redistributors: [.. parts.Redistributors.Select(redistributor => redistributor.StateAtReset)],
        CpuInterfaces: [.. parts.CpuInterfaces.Select(cpuInterface => cpuInterface.StateAtReset)],
        Services: [.. parts.Services.Select(service => service.StateAtReset)],
        Lpis: new LpiConfigurationsState(Blocks: [], Owners: []),
        FirstToStep: 0);

    private static Memory<EventState> NewMemory(int count) => GC.AllocateUninitializedArray<EventState>(count);

    private static GicState Save(GicParts parts, EventMemory memory) => new(
        parts.Distributor.Save(),
        [.. parts.Redistributors.Select(redistributor => redistributor.Save())],
        [.. parts.CpuInterfaces.Select(cpuInterface => cpuInterface.Save())],
        [.. parts.Services.Select(service => service.Save(memory))],
        parts.Configurations.Save(),
        parts.FirstToStep);

    /// <summary>
    /// Events first, then what is pending, then configurations: each needs the one before. Of the vCPUs' lines the
    /// generations go on. What was submitted is the caller's care: whether its commands still wait depends on why the
    /// state is taken.
    /// </summary>
    internal static void Take(GicParts parts, GicState state)
    {
        var (distributor, redistributors, cpuInterfaces, services, lpis, firstToStep) = state;
        parts.FirstToStep = firstToStep;
        parts.Distributor.Restore(distributor);
        foreach (var service in parts.Services)
        {
            service.ForgetMappings();
        }

        foreach (var redistributor in parts.Redistributors)
        {
            redistributor.Lpis.Clear();
        }

        parts.Configurations.Reset();
        for (var number = 0; number < services.Length; number++)
        {
            parts.Services[number].Restore(services[number]);
        }

        for (var vcpu = 0; vcpu < redistributors.Length; vcpu++)
        {
            parts.Redistributors[vcpu].Restore(redistributors[vcpu]);
            parts.CpuInterfaces[vcpu].Restore(cpuInterfaces[vcpu]);
        }

        parts.Configurations.Restore(lpis);
        parts.Lines.TouchAll();
        parts.Lines.Settle();
    }
}
