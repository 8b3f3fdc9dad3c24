namespace ItsService.Core.GuestTables;

/// <summary>
/// Why what was written from outside the guest is not taken, or why a table cannot be read or written.
/// </summary>
/// <param name="Kind">Of what sort it is.</param>
/// <param name="Path">Where: <c>its[0].device[0x12].itt[5]</c>.</param>
/// <param name="Message">What is wrong there.</param>
public readonly record struct RestoreProblem(RestoreProblemKind Kind, string Path, string Message)
{
    /// <summary>Of the last one of a long list, how many more there are; 0 of a problem itself.</summary>
    public long UnlistedCount { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}
