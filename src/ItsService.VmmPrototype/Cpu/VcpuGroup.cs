namespace ItsService.VmmPrototype.Cpu;

/// <summary>The vCPUs of a machine, which take turns on one thread.</summary>
internal sealed class VcpuGroup : IDisposable
{
    private readonly List<Vcpu> _vcpus = [];
    private volatile bool _isStopping;

    public VcpuGroup()
    {
        Psci = new Psci(this);
    }

    public Psci Psci { get; }

    public IReadOnlyList<Vcpu> Vcpus => _vcpus;

    /// <summary>No turn goes on. Set from any thread.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>The guest has asked for the machine's end, by PSCI.</summary>
    public MachineEnd? AskedFor { get; private set; }

    public void Add(Vcpu vcpu) => _vcpus.Add(vcpu);

    public void Stop() => _isStopping = true;

    public void End(MachineEnd end)
    {
        AskedFor = end;
        Stop();
    }

    public void FlushTlbsOfOthers(Vcpu origin)
    {
        foreach (var vcpu in _vcpus)
        {
            if (vcpu != origin)
            {
                vcpu.FlushTlbBeforeTurn();
            }
        }
    }

    public void FlushInstructionsOfOthers(Vcpu origin)
    {
        foreach (var vcpu in _vcpus)
        {
            if (vcpu != origin)
            {
                vcpu.FlushInstructionsBeforeTurn();
            }
        }
    }

    public void Dispose()
    {
        foreach (var vcpu in _vcpus)
        {
            vcpu.Dispose();
        }
    }
}
