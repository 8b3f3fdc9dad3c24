using System.Buffers;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Userspace;

/// <summary>
/// LPIs whose pending state came out of a pending table by a restore: their bits there become zero, as KVM makes them.
/// Bits of LPIs that nothing maps, or that belong to another vCPU, stay.
/// </summary>
internal static class TakenBits
{
    /// <summary>Whether the bits can be made zero: a fault or not resident where they cannot.</summary>
    public static MemoryOutcome Probe(GicParts parts, VcpuIndex vcpu) =>
        Visit(parts, vcpu, (address, table) =>
            parts.Memory.ProbeForWriting(new GuestRange(address, (ulong)table.Length)));

    /// <summary>Makes the bits zero; <paramref name="hasWritten"/> becomes true when some were.</summary>
    public static MemoryOutcome Clear(GicParts parts, VcpuIndex vcpu, ref bool hasWritten)
    {
        var isWritten = false;
        var outcome = Visit(parts, vcpu, (address, table) =>
        {
            var written = parts.Memory.Write(address, table);
            isWritten = written.IsOk;
            return written;
        });
        hasWritten |= isWritten;
        return outcome;
    }

    private delegate MemoryOutcome TableVisitor(GuestAddress address, ReadOnlySpan<byte> table);

    /// <summary>Gives the table without the bits to a visitor, if there are any.</summary>
    private static MemoryOutcome Visit(GicParts parts, VcpuIndex vcpu, TableVisitor visitor)
    {
        var redistributor = parts.Redistributors[vcpu.Value];
        var range = redistributor.PendingTableOfLpis;
        if (redistributor.Lpis.Count == 0 || range.LengthBytes == 0)
        {
            return MemoryOutcome.Ok;
        }

        var rented = ArrayPool<byte>.Shared.Rent((int)range.LengthBytes);
        try
        {
            var table = rented.AsSpan(0, (int)range.LengthBytes);
            var outcome = parts.Memory.Read(range.Start, table);
            return outcome.IsOk && HasChanged(parts, vcpu, table) ? visitor(range.Start, table) : outcome;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Whether a bit changed.</summary>
    private static bool HasChanged(GicParts parts, VcpuIndex vcpu, Span<byte> table)
    {
        var hasChanged = false;
        var pending = parts.Redistributors[vcpu.Value].Lpis;
        for (var from = default(IntId); pending.TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
        {
            ref var place = ref table[(int)((lpi.Value - IntId.FirstLpi) / 8)];
            var bit = (byte)(1 << (int)(lpi.Value % 8));
            if ((place & bit) != 0 && parts.Configurations.TargetOf(parts.Configurations.Record(lpi))?.Index == vcpu)
            {
                place = (byte)(place & ~bit);
                hasChanged = true;
            }
        }

        return hasChanged;
    }
}
