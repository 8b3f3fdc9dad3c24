using ItsService.Core.State;
using ItsService.Core.State.Validation;
using ItsService.Core.Submissions;

namespace ItsService.Core;

/// <summary>
/// Takes the whole state of a controller, and gives it one. Between two entries the controller is at a command
/// boundary, so that the state is whole whatever waits in a queue.
/// </summary>
public sealed class GicPersistence
{
    private readonly GicParts _parts;

    internal GicPersistence(GicParts parts) => _parts = parts;

    /// <summary>
    /// The state as it stands. Nothing changes, in either run state, and guest memory is not touched.
    /// </summary>
    public GicState Save() => new(
        _parts.Distributor.Save(),
        [.. _parts.Redistributors.Select(redistributor => redistributor.Save())],
        [.. _parts.CpuInterfaces.Select(cpuInterface => cpuInterface.Save())],
        [.. _parts.Services.Select(service => service.Save())],
        _parts.Configurations.Save(),
        _parts.FirstToStep);

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
            Take(state);
        }

        return problems;
    }

    /// <summary>
    /// Events first, then what is pending, then configurations: each needs the one before. Of the vCPUs' lines the
    /// generations go on.
    /// </summary>
    private void Take(GicState state)
    {
        var (distributor, redistributors, cpuInterfaces, services, lpis, firstToStep) = state;
        _parts.FirstToStep = firstToStep;
        _parts.Distributor.Restore(distributor);
        foreach (var service in _parts.Services)
        {
            service.ForgetMappings(SubmittedCommandOutcome.Restored);
        }

        foreach (var redistributor in _parts.Redistributors)
        {
            redistributor.Lpis.Clear();
        }

        _parts.Configurations.Reset();
        for (var number = 0; number < services.Length; number++)
        {
            _parts.Services[number].Restore(services[number]);
        }

        for (var vcpu = 0; vcpu < redistributors.Length; vcpu++)
        {
            _parts.Redistributors[vcpu].Restore(redistributors[vcpu]);
            _parts.CpuInterfaces[vcpu].Restore(cpuInterfaces[vcpu]);
        }

        _parts.Configurations.Restore(lpis);
        _parts.Lines.TouchAll();
        _parts.Lines.Settle();
    }
}
