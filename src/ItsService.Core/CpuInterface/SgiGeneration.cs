using System.Numerics;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.CpuInterface;

/// <summary>
/// ICC_SGI0R_EL1 and ICC_SGI1R_EL1 (redistributor-lpi 10.3):
/// <c>55:48 Aff3 | 47:44 RS | 40 IRM | 39:32 Aff2 | 27:24 INTID | 23:16 Aff1 | 15:0 TargetList</c>.
/// ICC_ASGI1R_EL1 is for another security state than there is, and makes nothing pending.
/// </summary>
internal static class SgiGeneration
{
    private const int RoutingModeBit = 40;
    private const int TargetsInRange = 16;

    /// <summary>Makes the SGI pending where it is of this group. Targets that do not exist are left out.</summary>
    public static void Generate(GicParts parts, VcpuIndex sender, ulong value, bool isGroup1)
    {
        var sgi = 1u << (int)value.Field(27, 24);
        if (value.Bit(RoutingModeBit))
        {
            parts.Work.AddLooks(parts.Redistributors.Length);
            foreach (var redistributor in parts.Redistributors)
            {
                if (redistributor.Index != sender)
                {
                    MakePending(redistributor, sgi, isGroup1);
                }
            }

            return;
        }

        var aff0 = parts.Profile.HasRangeSelector ? value.Field(47, 44) * TargetsInRange : 0;
        var cluster = (value.Field(55, 48) << 24) | (value.Field(39, 32) << 16) | (value.Field(23, 16) << 8);
        for (var list = (uint)value.Field(15, 0); list != 0; list &= list - 1)
        {
            var target = new Affinity((uint)(cluster | (aff0 + (ulong)BitOperations.TrailingZeroCount(list))));
            if (parts.Affinities.Find(target) is { } vcpu)
            {
                MakePending(parts.Redistributors[vcpu.Value], sgi, isGroup1);
            }
        }
    }

    private static void MakePending(Redistributors.Redistributor target, uint sgi, bool isGroup1)
    {
        if (((target.PrivateInterrupts.Group1 & sgi) != 0) == isGroup1)
        {
            target.PrivateInterrupts.SetPending(sgi);
        }
    }
}
