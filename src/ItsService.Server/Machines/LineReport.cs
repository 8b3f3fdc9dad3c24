using Google.Protobuf.Collections;
using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Server.Watching;

namespace ItsService.Server.Machines;

/// <summary>
/// The lines that differ from what callers were last told, so that none is told twice or for nothing. Whoever looks at
/// all lines in between is told nothing by that, since it may be somebody else than the VMM; but a line that somebody
/// has seen otherwise than it was told must be told again, even when it is back where it was. A session is told each
/// change, whoever else is.
/// </summary>
internal sealed class LineReport(VirtualGic gic, VcpuWatches watches)
{
    private readonly (bool Irq, bool Fiq)[] _told = new (bool, bool)[gic.VcpuCount];
    private readonly bool[] _wasShownOtherwise = new bool[gic.VcpuCount];
    private readonly bool[] _isUntold = new bool[gic.VcpuCount];
    private readonly List<int> _untold = [];
    private readonly List<VcpuLine> _collected = [];

    /// <summary>The lines that changed since the session took them from here: empty while there is none.</summary>
    public List<VcpuLine> NewForSession { get; } = [];

    /// <summary>Whether there is a session.</summary>
    public bool HasSession { get; set; }

    /// <summary>On the wire.</summary>
    public static V1.VcpuLine ToWire(VcpuLine line) => new()
    {
        Vcpu = (uint)line.Vcpu.Value,
        IrqAsserted = line.IsIrqAsserted,
        FiqAsserted = line.IsFiqAsserted,
        Generation = line.Generation,
    };

    /// <summary>Takes from the controller what has changed.</summary>
    public void Collect()
    {
        gic.DrainChangedLines(_collected);
        if (_collected.Count == 0)
        {
            return;
        }

        foreach (var line in _collected)
        {
            if (!_isUntold[line.Vcpu.Value])
            {
                _isUntold[line.Vcpu.Value] = true;
                _untold.Add(line.Vcpu.Value);
            }
        }

        if (HasSession)
        {
            NewForSession.AddRange(_collected);
        }

        watches.Tell(_collected);
        _collected.Clear();
    }

    /// <summary>Adds the lines that changed, and takes them as told.</summary>
    public void Drain(RepeatedField<V1.VcpuLine> into)
    {
        Collect();
        foreach (var vcpu in _untold)
        {
            // A line that went up and down again, seen by nobody in between, is where it was.
            var line = gic.GetLine(new VcpuIndex(vcpu));
            if (SignalsOf(line) != _told[vcpu] || _wasShownOtherwise[vcpu])
            {
                into.Add(ToWire(line));
            }

            TakeAsTold(line);
        }

        _untold.Clear();
    }

    /// <summary>Takes the lines as told that an answer with all lines tells.</summary>
    public void TakeAsTold()
    {
        Collect();
        foreach (var vcpu in _untold)
        {
            TakeAsTold(gic.GetLine(new VcpuIndex(vcpu)));
        }

        _untold.Clear();
    }

    /// <summary>Adds all lines, and takes none of them as told.</summary>
    public void Show(RepeatedField<V1.VcpuLine> into)
    {
        for (var index = 0; index < _told.Length; index++)
        {
            var line = gic.GetLine(new VcpuIndex(index));
            // Such a line has changed since the last Drain, so the next one comes by here.
            _wasShownOtherwise[index] |= SignalsOf(line) != _told[index];
            into.Add(ToWire(line));
        }
    }

    private static (bool Irq, bool Fiq) SignalsOf(VcpuLine line) => (line.IsIrqAsserted, line.IsFiqAsserted);

    private void TakeAsTold(VcpuLine line)
    {
        _told[line.Vcpu.Value] = SignalsOf(line);
        _wasShownOtherwise[line.Vcpu.Value] = false;
        _isUntold[line.Vcpu.Value] = false;
    }
}
