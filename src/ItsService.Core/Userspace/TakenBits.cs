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
    /// <summary>Makes the bits zero. Fault or not resident, and then nothing is written.</summary>
    public static MemoryOutcome Clear(GicParts parts, VcpuIndex vcpu) => Write(parts, vcpu, isPending: false);

    /// <summary>Makes them one again, as they were before <see cref="Clear"/>.</summary>
    public static void GiveBack(GicParts parts, VcpuIndex vcpu) => Write(parts, vcpu, isPending: true);

    private static MemoryOutcome Write(GicParts parts, VcpuIndex vcpu, bool isPending)
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
            return outcome.IsOk && HasChanged(parts, vcpu, table, isPending)
                ? parts.Memory.Write(range.Start, table)
                : outcome;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Whether a bit changed.</summary>
    private static bool HasChanged(GicParts parts, VcpuIndex vcpu, Span<byte> table, bool isPending)
    {
        var hasChanged = false;
        var pending = parts.Redistributors[vcpu.Value].Lpis;
        for (var from = default(IntId); pending.TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
        {
            ref var place = ref table[(int)((lpi.Value - IntId.FirstLpi) / 8)];
            var bit = (byte)(1 << (int)(lpi.Value % 8));
            var changed = (byte)(isPending ? place | bit : place & ~bit);
            if (changed != place && parts.Configurations.TargetOf(parts.Configurations.Record(lpi))?.Index == vcpu)
            {
                place = changed;
                hasChanged = true;
            }
        }

        return hasChanged;
    }
}
