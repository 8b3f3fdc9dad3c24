namespace ItsService.Core.Identifiers;

/// <summary>The vCPUs of a controller by their affinities.</summary>
internal sealed class AffinityIndex
{
    private readonly Dictionary<uint, VcpuIndex> _vcpus = [];
    private readonly bool _isAff3Known;

    /// <param name="affinities">One for each vCPU.</param>
    /// <param name="isAff3Known">Whether Aff3 counts where software names a vCPU (GICD_TYPER.A3V).</param>
    public AffinityIndex(IReadOnlyList<Affinity> affinities, bool isAff3Known)
    {
        _isAff3Known = isAff3Known;
        for (var index = 0; index < affinities.Count; index++)
        {
            _vcpus.TryAdd(KeyOf(affinities[index]), new VcpuIndex(index));
        }
    }

    public VcpuIndex? Find(Affinity affinity) => _vcpus.TryGetValue(KeyOf(affinity), out var vcpu) ? vcpu : null;

    private uint KeyOf(Affinity affinity) => (_isAff3Known ? affinity : affinity.WithoutAff3()).Packed;
}
