namespace ItsService.Fuzz.Engine;

/// <summary>Numbers at which programs go wrong more often than at others.</summary>
internal static class InterestingNumbers
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 31, 32, 33, 63, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 8191, 8192, 8193, 16383, 16384,
        65535, 65536, 65537, 1UL << 20, 1UL << 24, (1UL << 24) - 1, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32,
        1UL << 48, (1UL << 52) - 1, 1UL << 52, long.MaxValue, 1UL << 63, ulong.MaxValue,
    ];

    /// <summary>One of them, or a neighbour, a bit or anything at all.</summary>
    public static ulong Any(Prng random) => random.Below(6) switch
    {
        0 => unchecked(random.PickFrom(Edges) + 1),
        1 => unchecked(random.PickFrom(Edges) - 1),
        2 => 1UL << random.Below(64),
        3 => random.Next() >> random.Below(64),
        _ => random.PickFrom(Edges),
    };

    /// <summary>A number that is a little or very different.</summary>
    public static ulong Near(ulong number, Prng random) => random.Below(6) switch
    {
        0 => unchecked(number + 1),
        1 => unchecked(number - 1),
        2 => number ^ (1UL << random.Below(64)),
        3 => number ^ (1UL << random.Below(16)),
        4 => random.PickFrom(Edges),
        _ => Any(random),
    };
}
