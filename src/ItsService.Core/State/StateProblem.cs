namespace ItsService.Core.State;

/// <summary>Why a state is none that a controller can be in.</summary>
/// <param name="Path">Where in the state: <c>its[0].device[0x12].event[5]</c>.</param>
/// <param name="Message">What is wrong there, and what would be right.</param>
public readonly record struct StateProblem(string Path, string Message)
{
    /// <summary>Of the last one of a long list, how many more there are; 0 of a problem itself.</summary>
    public long UnlistedCount { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}
