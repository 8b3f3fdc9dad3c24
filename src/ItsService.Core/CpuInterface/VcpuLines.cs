using ItsService.Core.Identifiers;

namespace ItsService.Core.CpuInterface;

/// <summary>
/// The lines to all vCPUs. Whatever may change a line touches it; at the end of each entry into the controller the
/// touched ones are looked at, and those that changed are kept for the host.
/// </summary>
internal sealed class VcpuLines(GicParts parts, int vcpuCount)
{
    private readonly VcpuLine[] _lines =
        [.. Enumerable.Range(0, vcpuCount).Select(index => new VcpuLine(new VcpuIndex(index), false, false, 0))];

    private readonly bool[] _isTouched = new bool[vcpuCount];
    private readonly bool[] _isChanged = new bool[vcpuCount];
    private readonly int[] _touched = new int[vcpuCount];
    private int _touchedCount;
    private readonly List<int> _changed = [];

    public VcpuLine this[VcpuIndex vcpu] => _lines[vcpu.Value];

    public void Touch(VcpuIndex vcpu)
    {
        if (!_isTouched[vcpu.Value])
        {
            _isTouched[vcpu.Value] = true;
            _touched[_touchedCount++] = vcpu.Value;
        }
    }

    public void TouchAll()
    {
        for (var index = 0; index < _lines.Length; index++)
        {
            Touch(new VcpuIndex(index));
        }
    }

    /// <summary>Brings the touched lines up to date.</summary>
    public void Settle()
    {
        // One comparison is all that most entries need; the rest is kept out of them, so that this is inlined.
        if (_touchedCount != 0)
        {
            SettleTouched();
        }
    }

    private void SettleTouched()
    {
        parts.Distributor.OneOfN.Refresh();
        foreach (var index in _touched.AsSpan(0, _touchedCount))
        {
            _isTouched[index] = false;
            var (irq, fiq) = parts.CpuInterfaces[index].Signals;
            ref var line = ref _lines[index];
            if (irq == line.IsIrqAsserted && fiq == line.IsFiqAsserted)
            {
                continue;
            }

            line = new VcpuLine(new VcpuIndex(index), irq, fiq, line.Generation + 1);
            parts.Trace?.NoteLine(line);
            if (!_isChanged[index])
            {
                _isChanged[index] = true;
                _changed.Add(index);
            }
        }

        _touchedCount = 0;
    }

    /// <summary>Hands out the lines that changed since the last call, as they are now.</summary>
    public void DrainChanged(ICollection<VcpuLine> into)
    {
        foreach (var index in _changed)
        {
            _isChanged[index] = false;
            into.Add(_lines[index]);
        }

        _changed.Clear();
    }
}
