namespace ItsService.Fuzz.Engine;

/// <summary>A target as a value: what a type implements statically, so that targets can stand in a list.</summary>
internal sealed record FuzzTarget(
    string Name,
    string Summary,
    Func<IEnumerable<byte[]>> Seeds,
    Func<byte[], long> AllocatedBytesMax,
    Func<byte[], byte[], Prng, byte[]> Mutate,
    Func<byte[], IEnumerable<byte[]>> Smaller,
    Action<byte[], Behaviours> Run)
{
    /// <summary>The target that a type is.</summary>
    public static FuzzTarget Of<TTarget>()
        where TTarget : IFuzzTarget => new(
            TTarget.Name,
            TTarget.Summary,
            () => TTarget.Seeds,
            TTarget.AllocatedBytesMax,
            TTarget.Mutate,
            TTarget.Smaller,
            TTarget.Run);
}
