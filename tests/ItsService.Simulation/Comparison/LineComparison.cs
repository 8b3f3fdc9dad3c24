using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>The vCPUs' lines, as a host follows them: by the changes that it is told of.</summary>
internal sealed class LineComparison(ModelPair pair)
{
    private readonly bool[] _isAsserted = new bool[pair.Shape.VcpuCount];
    private readonly List<VcpuLine> _changed = [];

    public void Compare()
    {
        pair.Core.DrainChangedLines(_changed);
        foreach (var line in _changed)
        {
            _isAsserted[line.Vcpu.Value] = line.IsAsserted;
        }

        _changed.Clear();
        for (var vcpu = 0; vcpu < _isAsserted.Length; vcpu++)
        {
            var reference = pair.Reference.IsLineAsserted(vcpu);
            if (_isAsserted[vcpu] != reference)
            {
                throw DifferenceFoundException.Of(
                    DifferenceKind.Line, $"line of vCPU {vcpu}", _isAsserted[vcpu], reference);
            }
        }
    }

    /// <summary>Compares the lines as Core shows them now with those that its changes add up to.</summary>
    public void CompareAsRead()
    {
        for (var vcpu = 0; vcpu < _isAsserted.Length; vcpu++)
        {
            var core = pair.Core.GetLine(new VcpuIndex(vcpu)).IsAsserted;
            if (core != _isAsserted[vcpu])
            {
                throw DifferenceFoundException.Of(
                    DifferenceKind.Line, $"line of vCPU {vcpu} that was told of", core, _isAsserted[vcpu]);
            }
        }
    }
}
