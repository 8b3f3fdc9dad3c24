namespace ItsService.Core.Registers;

/// <summary>Where a register keeps its cacheability and shareability (gits-registers section 11).</summary>
/// <param name="InnerHigh">The highest bit of InnerCache, three bits wide.</param>
/// <param name="OuterHigh">The highest bit of OuterCache, three bits wide.</param>
internal readonly record struct MemoryAttributes(int InnerHigh, int OuterHigh)
{
    public static readonly MemoryAttributes OfGits = new(InnerHigh: 61, OuterHigh: 55);
    public static readonly MemoryAttributes OfGicr = new(InnerHigh: 9, OuterHigh: 58);
}
