using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Server.Errors;

namespace ItsService.Server.Specs;

/// <summary>The vCPUs of a spec.</summary>
internal static class VcpuReader
{
    /// <summary>Their affinities, by index; empty when there are too few or too many.</summary>
    public static IReadOnlyList<Affinity> Read(
        IReadOnlyList<V1.Vcpu> vcpus,
        GicProfile profile,
        string field,
        ItsServerLimits limits,
        RequestProblems problems)
    {
        if (vcpus.Count is 0 or > VirtualGicConfiguration.VcpuCountMax)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, field, $"{vcpus.Count} vCPUs")
            {
                Accepted = $"1..{VirtualGicConfiguration.VcpuCountMax}",
            });
            return [];
        }

        if (vcpus.Count > limits.VcpusPerVmMax)
        {
            problems.Add(new Problem(V1.ErrorReason.LimitExceeded, field, $"{vcpus.Count} vCPUs")
            {
                Accepted = $"1..{limits.VcpusPerVmMax}",
            });
            return [];
        }

        return ReadAffinities(vcpus, profile, field, problems);
    }

    private static Affinity[] ReadAffinities(
        IReadOnlyList<V1.Vcpu> vcpus, GicProfile profile, string field, RequestProblems problems)
    {
        var affinities = new Affinity[vcpus.Count];
        var indexOf = new Dictionary<Affinity, int>();
        for (var index = 0; index < vcpus.Count; index++)
        {
            affinities[index] = vcpus[index].HasAffinity
                ? new Affinity(vcpus[index].Affinity)
                : Affinity.Default(new VcpuIndex(index));
            var told = profile.ReportsAff3 ? affinities[index] : affinities[index].WithoutAff3();
            if (!indexOf.TryAdd(told, index))
            {
                var other = indexOf[told];
                problems.Add(Repeated(
                    affinities[index], affinities[other], other, $"{field}[{index}].affinity"));
            }
        }

        return affinities;
    }

    private static Problem Repeated(Affinity affinity, Affinity other, int otherIndex, string field) =>
        affinity == other
            ? new Problem(
                V1.ErrorReason.OutOfRange, field, $"0x{affinity.Packed:X8} is the affinity of vCPU {otherIndex}")
            {
                Accepted = "an affinity that no other vCPU has",
            }
            : new Problem(
                V1.ErrorReason.OutOfRange,
                field,
                $"0x{affinity.Packed:X8} differs from the affinity of vCPU {otherIndex}, 0x{other.Packed:X8}, in Aff3 "
                + "alone, which GICR_TYPER does not show in this profile")
            {
                Accepted = "an affinity whose Aff2, Aff1 and Aff0 together no other vCPU has",
            };
}
