using Google.Protobuf.Collections;
using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;

namespace ItsService.Server.Machines;

/// <summary>
/// The lines that differ from what callers were last told, so that none is told twice or for nothing. Whoever looks at
/// all lines in between is told nothing by that, since it may be somebody else than the VMM; but a line that somebody
/// has seen otherwise than it was told must be told again, even when it is back where it was.
/// </summary>
internal sealed class LineReport(VirtualGic gic)
{
    private readonly bool[] _toldAsserted = new bool[gic.VcpuCount];
    private readonly bool[] _wasShownOtherwise = new bool[gic.VcpuCount];
    private readonly List<VcpuLine> _changed = [];

    /// <summary>Adds the lines that changed, and takes them as told.</summary>
    public void Drain(RepeatedField<V1.VcpuLine> into)
    {
        gic.DrainChangedLines(_changed);
        if (_changed.Count == 0)
        {
            return;
        }

        foreach (var line in _changed)
        {
            // A line that went up and down again, seen by nobody in between, is where it was.
            if (line.IsAsserted != _toldAsserted[line.Vcpu.Value] || _wasShownOtherwise[line.Vcpu.Value])
            {
                TakeAsTold(line);
                into.Add(ToWire(line));
            }
        }

        _changed.Clear();
    }

    /// <summary>Takes the lines as told that an answer with all lines tells.</summary>
    public void TakeAsTold()
    {
        gic.DrainChangedLines(_changed);
        foreach (var line in _changed)
        {
            TakeAsTold(line);
        }

        _changed.Clear();
    }

    /// <summary>Adds all lines, and takes none of them as told.</summary>
    public void Show(RepeatedField<V1.VcpuLine> into)
    {
        for (var index = 0; index < _toldAsserted.Length; index++)
        {
            var line = gic.GetLine(new VcpuIndex(index));
            // Such a line has changed since the last Drain, so the next one comes by here.
            _wasShownOtherwise[index] |= line.IsAsserted != _toldAsserted[index];
            into.Add(ToWire(line));
        }
    }

    private static V1.VcpuLine ToWire(VcpuLine line) => new()
    {
        Vcpu = (uint)line.Vcpu.Value,
        IrqAsserted = line.IsAsserted,
        Generation = line.Generation,
    };

    private void TakeAsTold(VcpuLine line)
    {
        _toldAsserted[line.Vcpu.Value] = line.IsAsserted;
        _wasShownOtherwise[line.Vcpu.Value] = false;
    }
}
