namespace ItsService.Simulation.Memory;

/// <summary>What of a stretch of memory fails.</summary>
internal enum FaultKind
{
    /// <summary>Reading.</summary>
    Reads,

    /// <summary>Writing, though the memory says beforehand that it can be written.</summary>
    Writes,

    /// <summary>Reading and writing, though the memory says beforehand that it can be written.</summary>
    Accesses,

    /// <summary>Everything: as where there is no memory at all.</summary>
    Everything,
}

/// <summary>The stretches of memory that fail at present, for both sides alike.</summary>
internal sealed class MemoryFaults
{
    private readonly List<(FaultKind Kind, ulong Start, ulong Length)> _faults = [];

    public void Add(FaultKind kind, ulong start, ulong length) => _faults.Add((kind, start, length));

    public void Clear() => _faults.Clear();

    public bool FailsRead(ulong address, ulong length) =>
        Touches(address, length, FaultKind.Reads, FaultKind.Accesses, FaultKind.Everything);

    public bool FailsWrite(ulong address, ulong length) =>
        Touches(address, length, FaultKind.Writes, FaultKind.Accesses, FaultKind.Everything);

    public bool FailsProbe(ulong address, ulong length) =>
        Touches(address, length, FaultKind.Everything, FaultKind.Everything, FaultKind.Everything);

    private bool Touches(ulong address, ulong length, FaultKind one, FaultKind two, FaultKind three)
    {
        foreach (var (kind, start, bytes) in _faults)
        {
            var overlaps = unchecked(address - start) < bytes || unchecked(start - address) < length;
            if (overlaps && (kind == one || kind == two || kind == three))
            {
                return true;
            }
        }

        return false;
    }
}
