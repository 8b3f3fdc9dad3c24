using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Simulation.Memory;

/// <summary>Guest memory as Core reaches it.</summary>
internal sealed class CoreMemory(GuestRam ram, MemoryFaults faults, Residency residency) : IGuestMemory
{
    /// <summary>What was written since the last look, in order.</summary>
    public List<(ulong Address, int Length)> Writes { get; } = [];

    /// <summary>How many reads there were, answered or not.</summary>
    public long ReadCount { get; private set; }

    /// <summary>How many reads a fault has made fail.</summary>
    public int FailedReadCount { get; private set; }

    /// <summary>How many writes a fault has made fail.</summary>
    public int FailedWriteCount { get; private set; }

    /// <summary>How many questions whether memory can be written a fault has made be answered with no.</summary>
    public int FailedProbeCount { get; private set; }

    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        ReadCount++;
        var length = (ulong)destination.Length;
        if (GuestMap.Find(address.Value, length) is null)
        {
            return MemoryOutcome.Fault;
        }

        if (faults.FailsRead(address.Value, length))
        {
            FailedReadCount++;
            return MemoryOutcome.Fault;
        }

        if (residency.Missing(address.Value, destination.Length) is var (start, bytes))
        {
            return MemoryOutcome.NotResident(new GuestRange(new GuestAddress(start), bytes));
        }

        ram.Read(address.Value, destination);
        return MemoryOutcome.Ok;
    }

    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var length = (ulong)source.Length;
        if (GuestMap.Find(address.Value, length) is not { IsReadOnly: false })
        {
            return MemoryOutcome.Fault;
        }

        if (faults.FailsWrite(address.Value, length))
        {
            FailedWriteCount++;
            return MemoryOutcome.Fault;
        }

        if (residency.Missing(address.Value, source.Length) is var (start, bytes))
        {
            return MemoryOutcome.NotResident(new GuestRange(new GuestAddress(start), bytes));
        }

        ram.Write(address.Value, source);
        Writes.Add((address.Value, source.Length));
        return MemoryOutcome.Ok;
    }

    public MemoryOutcome ProbeForWriting(GuestRange range)
    {
        if (GuestMap.Find(range.Start.Value, range.LengthBytes) is not { IsReadOnly: false })
        {
            return MemoryOutcome.Fault;
        }

        if (faults.FailsProbe(range.Start.Value, range.LengthBytes))
        {
            FailedProbeCount++;
            return MemoryOutcome.Fault;
        }

        return MemoryOutcome.Ok;
    }
}
