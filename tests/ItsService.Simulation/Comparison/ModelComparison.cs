using ItsService.Core;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>
/// Compares what two models show. What is compared when: the README beside this project.
/// </summary>
internal sealed class ModelComparison
{
    /// <summary>Up to so many vCPUs all of them are looked at after each step.</summary>
    private const int FewVcpus = 8;

    private readonly ModelPair _pair;
    private readonly LineComparison _lines;
    private readonly PendingComparison _pending;
    private readonly MappingComparison _mappings;
    private readonly ConfigurationComparison _configurations;
    private readonly RegisterComparison _registers;
    private readonly SystemRegisterComparison _systemRegisters;
    private readonly InterruptComparison _interrupts;
    private readonly MemoryComparison _memory;

    public ModelComparison(ModelPair pair)
    {
        _pair = pair;
        VcpusInPlay = new VcpuSet(pair.Shape.VcpuCount);
        _lines = new LineComparison(pair);
        _pending = new PendingComparison(pair, VcpusInPlay);
        _mappings = new MappingComparison(pair, VcpusInPlay);
        _configurations = new ConfigurationComparison(pair);
        _registers = new RegisterComparison(pair);
        _systemRegisters = new SystemRegisterComparison(pair);
        _interrupts = new InterruptComparison(pair);
        _memory = new MemoryComparison(pair);
        for (var vcpu = 0; vcpu < pair.Shape.VcpuCount && pair.Shape.VcpuCount <= FewVcpus; vcpu++)
        {
            VcpusInPlay.Add(vcpu);
        }
    }

    /// <summary>The vCPUs that steps have named, collections lead to, or LPIs are pending at.</summary>
    public VcpuSet VcpusInPlay { get; }

    /// <summary>An LPI of which a step has spoken.</summary>
    public void NoteLpi(uint lpi) => _configurations.Note(lpi);

    /// <summary>An SPI of which a step has spoken.</summary>
    public void NoteSpi(uint spi) => _interrupts.Note(spi);

    /// <summary>An access to the distributor.</summary>
    public void NoteDistributorAccess(int offset) => _interrupts.NoteAccess(offset);

    /// <summary>
    /// What is compared after every step. While paused registers cannot be read; the rest is compared all the same.
    /// </summary>
    public void CompareState()
    {
        _memory.CompareWrites();
        _lines.Compare();
        _pending.CompareCounts();
        _mappings.Compare();
        foreach (var vcpu in VcpusInPlay)
        {
            _pending.Compare(vcpu);
        }

        _configurations.Compare();
        if (_pair.Core.State == RunState.Running)
        {
            _registers.CompareVariable(VcpusInPlay);
            _systemRegisters.CompareVariable(VcpusInPlay);
            _interrupts.CompareVariable(VcpusInPlay);
        }
    }

    /// <summary>The rest: every vCPU, and what no step should ever change.</summary>
    public void CompareEverything()
    {
        for (var vcpu = 0; vcpu < _pair.Shape.VcpuCount; vcpu++)
        {
            _pending.Compare(vcpu);
        }

        _lines.CompareAsRead();
        if (_pair.Core.State == RunState.Running)
        {
            _registers.CompareEverything();
            _systemRegisters.CompareEverything();
            _interrupts.CompareEverything(VcpusInPlay);
        }
    }

    /// <summary>All of guest memory, written or not.</summary>
    public void CompareWholeMemory() => _memory.CompareWhole();
}
