using ItsService.Simulation.Running;

namespace ItsService.Simulation.Comparison;

/// <summary>What the models wrote into guest memory: where, in which order, and what is there now.</summary>
internal sealed class MemoryComparison(ModelPair pair)
{
    /// <summary>Compares what was written since the last look.</summary>
    public void CompareWrites()
    {
        var core = pair.CoreMemory.Writes;
        var reference = pair.ReferenceMemory.Writes;
        if (core.Count == 0 && reference.Count == 0)
        {
            return;
        }

        if (!core.SequenceEqual(reference))
        {
            throw DifferenceFoundException.Of(
                DifferenceKind.Memory, "writes into guest memory", Text(core), Text(reference));
        }

        foreach (var (address, length) in core)
        {
            ThrowAt(pair.FirstMemoryDifference(address, (ulong)length));
        }

        core.Clear();
        reference.Clear();
    }

    /// <summary>Compares all of guest memory.</summary>
    public void CompareWhole() => ThrowAt(pair.FirstMemoryDifference());

    private void ThrowAt(ulong? address)
    {
        if (address is { } place)
        {
            var (core, reference) = pair.MemoryByte(place);
            throw DifferenceFoundException.Of(
                DifferenceKind.Memory, $"guest memory at 0x{place:X}", (uint)core, (uint)reference);
        }
    }

    private static string Text(IEnumerable<(ulong Address, int Length)> writes) =>
        string.Join(", ", writes.Select(write => $"0x{write.Address:X}+0x{write.Length:X}"));
}
