using ItsService.Conformance.Tests.Registration;
using ItsService.Server.Tests;

namespace ItsService.Conformance.Tests;

/// <summary>
/// docs/conformance.md says what the tests do. eng/conformance.sh writes it anew, by ITS_CONFORMANCE_PAGE=1 in the
/// environment of this test.
/// </summary>
public class PageTests
{
    private const string WriteVariable = "ITS_CONFORMANCE_PAGE";

    private static readonly string PagePath = RepositoryFolder.PathOf("docs", "conformance.md");

    [Fact]
    public async Task Page_is_what_the_cases_say()
    {
        var expected = ConformancePage.Text();
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            await File.WriteAllTextAsync(PagePath, expected, TestContext.Current.CancellationToken);
        }

        var present = await File.ReadAllTextAsync(PagePath, TestContext.Current.CancellationToken);

        Assert.True(expected == present, "docs/conformance.md is stale: run eng/conformance.sh");
    }

    [Fact]
    public void No_text_of_a_case_breaks_its_table() =>
        Assert.DoesNotContain(
            Catalogue.Cases.SelectMany(entry =>
                new[] { entry.Draft.Stimulus, entry.Draft.Expectation, entry.Remark, entry.Shown }),
            text => text.Contains('|', StringComparison.Ordinal) || text.Contains('\n', StringComparison.Ordinal));
}
