using System.Collections.Immutable;
using ItsService.Core.Memory;

namespace ItsService.Core.State.Validation;

/// <summary>
/// Whether a controller of a shape can be in a state. What could come of some sequence of guest accesses is accepted,
/// all else is refused: a blob may come from anywhere. Checks that commands make, too, are theirs: they are asked of a
/// controller that has nothing but the registers.
/// </summary>
internal static class StateValidation
{
    public static IReadOnlyList<StateProblem> FindProblems(GicState state, VirtualGicConfiguration configuration)
    {
        var problems = new ProblemList();
        var scratch = new GicParts(configuration, new SparseGuestMemory([]));
        var vcpuCount = configuration.Affinities.Count;
        if (HasLength(problems, "redistributor", state.Redistributors, vcpuCount)
            && HasLength(problems, "cpu_interface", state.CpuInterfaces, vcpuCount)
            && HasLength(problems, "its", state.Services, configuration.ItsCount))
        {
            FindProblems(problems, state, scratch);
        }

        return problems.ToList();
    }

    /// <summary>Whether an array has so many elements; if not, it is told.</summary>
    public static bool HasLength<T>(ProblemList problems, string path, ImmutableArray<T> array, int length)
    {
        var present = array.IsDefault ? 0 : array.Length;
        problems.AddUnless(present == length, path, $"there are {present} instead of {length}");
        return present == length;
    }

    private static void FindProblems(ProblemList problems, GicState state, GicParts scratch)
    {
        problems.AddUnless(
            state.FirstToStep >= 0 && state.FirstToStep < scratch.Services.Length,
            "first_to_step",
            $"{state.FirstToStep} is the number of no ITS");
        DistributorValidation.FindProblems(problems, state.Distributor, scratch.Profile);
        for (var vcpu = 0; vcpu < state.Redistributors.Length; vcpu++)
        {
            var redistributor = state.Redistributors[vcpu];
            RedistributorValidation.FindProblems(problems, $"redistributor[{vcpu}]", redistributor, scratch.Profile);
            var cpuInterface = state.CpuInterfaces[vcpu];
            CpuInterfaceValidation.FindProblems(problems, $"cpu_interface[{vcpu}]", cpuInterface, scratch.Profile);
        }

        PendingValidation.FindProblems(problems, state, scratch);
        ItsValidation.FindProblems(problems, state.Services, scratch);
        LpiValidation.FindProblems(problems, state, scratch);
    }
}
