using ItsService.ReferenceModel;

namespace ItsService.Simulation.Memory;

/// <summary>Guest memory as the reference reaches it: it never waits.</summary>
internal sealed class ReferenceMemory(GuestRam ram, MemoryFaults faults) : IReferenceMemory
{
    /// <summary>What was written since the last look, in order.</summary>
    public List<(ulong Address, int Length)> Writes { get; } = [];

    public bool TryRead(ulong address, Span<byte> into)
    {
        var length = (ulong)into.Length;
        if (GuestMap.Find(address, length) is null || faults.FailsRead(address, length))
        {
            return false;
        }

        ram.Read(address, into);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> from)
    {
        var length = (ulong)from.Length;
        if (GuestMap.Find(address, length) is not { IsReadOnly: false } || faults.FailsWrite(address, length))
        {
            return false;
        }

        ram.Write(address, from);
        if (!from.IsEmpty)
        {
            Writes.Add((address, from.Length));
        }

        return true;
    }

    public bool CanWrite(ulong address, ulong length) =>
        GuestMap.Find(address, length) is { IsReadOnly: false } && !faults.FailsProbe(address, length);
}
