using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>
/// The numbers that vCPUs have on a list of attributes: "cpu:1" is the second, and its attributes name its affinity.
/// </summary>
internal sealed class VcpuNumbers
{
    private const uint RedistributorGroup = 5;
    private const uint SystemRegisterGroup = 6;
    private const uint LevelGroup = 7;
    private const uint VcpusOfACluster = 16;

    private readonly IReadOnlyList<uint>? _affinities;

    private VcpuNumbers(IReadOnlyList<uint>? affinities) => _affinities = affinities;

    /// <summary>Those of a VM.</summary>
    /// <param name="shape">As the list has it; null where it does not.</param>
    /// <param name="spec">The same. Without both the affinity alone tells which vCPU is meant.</param>
    public static VcpuNumbers Of(SavedShape? shape, VmSpec? spec) => new(
        shape is not null ? [.. shape.Affinities]
        : spec is not null ? [.. spec.Vcpus.Select((vcpu, index) => AffinityOf(vcpu, (uint)index))]
        : null);

    /// <summary>What is wrong with an attribute that is said to be a vCPU's; null for nothing.</summary>
    public string? WhyNot(uint vcpu, DeviceAttribute attribute)
    {
        if (attribute.Group is not (RedistributorGroup or SystemRegisterGroup or LevelGroup))
        {
            return $"group {attribute.Group} is none of a vCPU's, {RedistributorGroup}, {SystemRegisterGroup} and"
                + $" {LevelGroup}";
        }

        var named = (uint)(attribute.Attr >> 32);
        return _affinities is null ? null
            : vcpu >= _affinities.Count ? $"there are {_affinities.Count} vCPUs, from cpu:0 on"
            : named != _affinities[(int)vcpu]
                ? $"cpu:{vcpu} has affinity 0x{_affinities[(int)vcpu]:x}, and attr names 0x{named:x} in its upper half"
            : null;
    }

    private static uint AffinityOf(Vcpu vcpu, uint index) => vcpu.HasAffinity
        ? vcpu.Affinity
        : ((index / VcpusOfACluster) << 8) | (index % VcpusOfACluster);
}
