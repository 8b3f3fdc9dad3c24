using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;

namespace ItsService.Core.Registers;

/// <summary>GICD_IROUTERn, where an SPI goes: <c>39:32 Aff3 | 31 IRM | 23:16 Aff2 | 15:8 Aff1 | 7:0 Aff0</c></summary>
internal static class GicdIrouter
{
    /// <summary>Interrupt_Routing_Mode: any vCPU.</summary>
    public const int RoutingModeBit = 31;

    /// <summary>What some profile keeps.</summary>
    public static readonly ulong WritableMask = Bits.Mask(39, 31) | Bits.Mask(23, 0);

    /// <summary>What a profile keeps: without 1-of-N interrupts IRM is RAZ/WI.</summary>
    public static ulong WritableMaskOf(GicProfile profile) => WritableMask.WithBit(RoutingModeBit, profile.HasOneOfN);

    public static Affinity AffinityOf(ulong route) =>
        new((uint)((route.Field(39, 32) << 24) | route.Field(23, 0)));
}
