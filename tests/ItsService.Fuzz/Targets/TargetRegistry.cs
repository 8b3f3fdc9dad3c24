using ItsService.Fuzz.Engine;

namespace ItsService.Fuzz.Targets;

/// <summary>All targets.</summary>
internal static class TargetRegistry
{
    /// <summary>The one that must be found to fail.</summary>
    public static FuzzTarget Canary { get; } = FuzzTarget.Of<CanaryTarget>();

    /// <summary>The one that must end the process, and leave its input.</summary>
    public static FuzzTarget Deep { get; } = FuzzTarget.Of<DeepTarget>();

    /// <summary>Those that must not.</summary>
    public static IReadOnlyList<FuzzTarget> Real { get; } =
    [
        FuzzTarget.Of<BlobTarget>(),
        FuzzTarget.Of<TablesTarget>(),
        FuzzTarget.Of<RegistersTarget>(),
    ];

    /// <summary>The targets that a name on the command line means; none where it means nothing.</summary>
    public static IReadOnlyList<FuzzTarget> Find(string name) =>
        name == "all" ? Real : [.. Real.Append(Canary).Append(Deep).Where(target => target.Name == name)];
}
