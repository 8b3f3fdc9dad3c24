namespace ItsService.Core.Registers;

/// <summary>GICD_IROUTERn, where an SPI goes: <c>39:32 Aff3 | 31 IRM | 23:16 Aff2 | 15:8 Aff1 | 7:0 Aff0</c></summary>
internal static class GicdIrouter
{
    public static readonly ulong WritableMask = Bits.Mask(39, 31) | Bits.Mask(23, 0);
}
