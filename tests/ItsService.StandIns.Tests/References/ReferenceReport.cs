namespace ItsService.StandIns.Tests.References;

/// <summary>What became of the references that an assembly makes into others.</summary>
/// <param name="ResolvedTypeCount">Type references that resolve.</param>
/// <param name="ResolvedMemberCount">Member references that resolve.</param>
/// <param name="Missing">The name and the error of each reference that does not.</param>
internal sealed record ReferenceReport(
    int ResolvedTypeCount,
    int ResolvedMemberCount,
    IReadOnlyList<string> Missing);
