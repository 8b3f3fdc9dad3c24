using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;

namespace ItsService.Server.Specs;

/// <summary>The vCPUs of a spec.</summary>
internal static class VcpuReader
{
    /// <summary>Their affinities, by index; empty when there are too few or too many.</summary>
    public static IReadOnlyList<Affinity> Read(
        IReadOnlyList<V1.Vcpu> vcpus, string field, ItsServerLimits limits, RequestProblems problems)
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

        var affinities = new Affinity[vcpus.Count];
        var indexOf = new Dictionary<Affinity, int>();
        for (var index = 0; index < vcpus.Count; index++)
        {
            affinities[index] = vcpus[index].HasAffinity
                ? new Affinity(vcpus[index].Affinity)
                : Affinity.Default(new VcpuIndex(index));
            if (!indexOf.TryAdd(affinities[index], index))
            {
                problems.Add(new Problem(
                    V1.ErrorReason.OutOfRange,
                    $"{field}[{index}].affinity",
                    $"0x{affinities[index].Packed:X8} is the affinity of vCPU {indexOf[affinities[index]]}")
                {
                    Accepted = "an affinity that no other vCPU has",
                });
            }
        }

        return affinities;
    }
}
