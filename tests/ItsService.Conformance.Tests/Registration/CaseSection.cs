namespace ItsService.Conformance.Tests.Registration;

/// <summary>Cases about one thing. One section may be registered in several files.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Cases">In the order of their numbers.</param>
internal sealed record CaseSection(string Title, IReadOnlyList<ConformanceCase> Cases);
