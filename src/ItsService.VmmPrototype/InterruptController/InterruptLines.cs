using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.InterruptController;

/// <summary>
/// The lines from the controller to each vCPU. News may arrive out of order and on any thread: the generation tells
/// which is newer. Every block of guest instructions looks here, so reading takes no lock.
/// </summary>
public sealed class InterruptLines(int vcpuCount)
{
    private const byte Irq = 1;
    private const byte Fiq = 2;

    private readonly Lock _lock = new();
    private readonly ulong[] _generations = new ulong[vcpuCount];
    private readonly byte[] _levels = new byte[vcpuCount];

    /// <summary>A line has been asserted: somebody who sleeps is to look. May be raised on any thread.</summary>
    public event Action? Asserted;

    /// <summary>Whether the vCPU has an interrupt to take, an IRQ or an FIQ.</summary>
    public bool IsAsserted(int vcpu) => Volatile.Read(ref _levels[vcpu]) != 0;

    /// <summary>Whether it has one of Group 1.</summary>
    public bool IsIrqAsserted(int vcpu) => (Volatile.Read(ref _levels[vcpu]) & Irq) != 0;

    /// <summary>Whether it has one of Group 0.</summary>
    public bool IsFiqAsserted(int vcpu) => (Volatile.Read(ref _levels[vcpu]) & Fiq) != 0;

    /// <summary>The controller is another one from now on, which counts anew.</summary>
    public void BeginAnew()
    {
        lock (_lock)
        {
            Array.Clear(_generations);
            Array.Clear(_levels);
        }
    }

    /// <summary>Takes in what an answer tells.</summary>
    public void Update(IReadOnlyList<VcpuLine> lines)
    {
        var isNews = false;
        foreach (var line in lines)
        {
            isNews |= Update(line);
        }

        if (isNews)
        {
            Asserted?.Invoke();
        }
    }

    private bool Update(VcpuLine line)
    {
        lock (_lock)
        {
            if (line.Generation < _generations[line.Vcpu])
            {
                return false;
            }

            var level = (byte)((line.IrqAsserted ? Irq : 0) | (line.FiqAsserted ? Fiq : 0));
            _generations[line.Vcpu] = line.Generation;
            Volatile.Write(ref _levels[line.Vcpu], level);
            return level != 0;
        }
    }
}
