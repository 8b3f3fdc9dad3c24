using ItsService.Core.Profiles;

namespace ItsService.Conformance.Tests.Registration;

/// <summary>
/// One case, with the test that shows what is said of it. <see cref="CaseDraft"/> alone makes one, so that no case
/// passes, or is decided otherwise, without a test.
/// </summary>
internal sealed class ConformanceCase
{
    private readonly CaseBody? _body;

    public ConformanceCase(CaseDraft draft, CaseState state, CaseBody? body)
    {
        Draft = draft;
        State = state;
        _body = body;
    }

    public CaseDraft Draft { get; }

    public CaseState State { get; }

    public int Number => Draft.Number;

    public CaseTag Tag => Draft.Tag;

    /// <summary>U: what we chose. Otherwise why the case does not simply pass.</summary>
    public string Remark { get; init; } = "";

    /// <summary>What the test shows, where that is not the expected result itself.</summary>
    public string Shown { get; init; } = "";

    /// <summary>What the case waits for.</summary>
    public Feature? Awaits { get; init; }

    /// <summary>The profiles that the test runs in; none without a test.</summary>
    public IReadOnlyList<GicProfile> Profiles => _body is null ? [] : Draft.Profiles;

    public Task RunAsync(GicProfile profile) => _body is null
        ? throw new InvalidOperationException($"case {Number} has no test")
        : _body(profile);
}
