using Google.Protobuf.Collections;
using ItsService.Core;
using ItsService.Core.CpuInterface;

namespace ItsService.Server.Machines;

/// <summary>
/// The lines that differ from what callers were last told, so that none is told twice or for nothing.
/// </summary>
internal sealed class LineReport(VirtualGic gic)
{
    private readonly bool[] _toldAsserted = new bool[gic.VcpuCount];
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
            // A line that went up and down again within a batch is where it was.
            if (line.IsAsserted != _toldAsserted[line.Vcpu.Value])
            {
                _toldAsserted[line.Vcpu.Value] = line.IsAsserted;
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
            _toldAsserted[line.Vcpu.Value] = line.IsAsserted;
        }

        _changed.Clear();
    }

    /// <summary>The line on the wire.</summary>
    public static V1.VcpuLine ToWire(VcpuLine line) => new()
    {
        Vcpu = (uint)line.Vcpu.Value,
        IrqAsserted = line.IsAsserted,
        Generation = line.Generation,
    };
}
