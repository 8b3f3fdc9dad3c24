namespace ItsService.Differential.Generation;

/// <summary>The level-1 entries that a sequence begins with: some valid, most not.</summary>
internal static class Level1Plan
{
    private const ulong Valid = 1UL << 63;

    /// <summary>Some bits that mean nothing in an entry.</summary>
    private const ulong Reserved = (1UL << 62) | (5UL << 52);

    /// <summary>How many second-level pages a table gets.</summary>
    private const int PagesMax = 4;

    /// <summary>The entries of level 1 whose pages are given; all others are not valid.</summary>
    public static IReadOnlyList<uint> GivenIndexes(TableShape shape)
    {
        uint[] wanted = [0, 1, shape.Level1Count / 2, shape.Level1Count - 1];
        return shape.Indirect
            ? [.. wanted.Where(index => index < shape.Level1Count).Distinct().Take(PagesMax)]
            : [];
    }

    public static IEnumerable<(ulong Address, ulong Value)> Entries(TableShape shape, ulong table) =>
        GivenIndexes(shape).Select((index, place) =>
            (EntryAddress(table, index), Valid | Reserved | Page(shape, table, place)));

    public static ulong EntryAddress(ulong table, uint index) => table + ((ulong)index * TableShape.EntryBytes);

    /// <summary>The page with this place among those that are given; one more is spare.</summary>
    public static ulong Page(TableShape shape, ulong table, int place) =>
        table + GuestLayout.Level2Offset + ((ulong)place * shape.PageBytes);

    public static ulong ValidEntry(ulong page) => Valid | page;
}
