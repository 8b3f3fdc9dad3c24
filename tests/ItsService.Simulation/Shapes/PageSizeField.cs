namespace ItsService.Simulation.Shapes;

/// <summary>GITS_BASERn.Page_Size.</summary>
internal static class PageSizeField
{
    private const int Shift = 8;
    private const ulong Mask = 3UL << Shift;

    /// <summary>The encodings of the page sizes of <see cref="ShapeOption.PageSizes"/>.</summary>
    public static IEnumerable<uint> Encodings(int pageSizes) =>
        Enumerable.Range(0, 3).Where(encoding => (pageSizes & (1 << encoding)) != 0).Select(encoding => (uint)encoding);

    /// <summary>A reset value with the largest page size that there is.</summary>
    public static ulong WithLargest(ulong baserReset, int pageSizes) =>
        (baserReset & ~Mask) | ((ulong)Encodings(pageSizes).Max() << Shift);
}
