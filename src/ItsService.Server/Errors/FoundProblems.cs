namespace ItsService.Server.Errors;

/// <summary>What was found wrong inside the gate, to be told outside.</summary>
/// <param name="Listed">The first problems.</param>
/// <param name="Count">How many there are, those that are not listed as well.</param>
internal readonly record struct FoundProblems(IReadOnlyList<Problem> Listed, int Count)
{
    /// <summary>Nothing is wrong.</summary>
    public static FoundProblems None { get; } = new([], 0);

    /// <summary>One thing is.</summary>
    public static FoundProblems One(in Problem problem) => new([problem], 1);
}
