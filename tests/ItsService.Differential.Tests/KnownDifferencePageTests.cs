using ItsService.Differential.KnownDifferences;

namespace ItsService.Differential.Tests;

/// <summary>docs/differential.md says what the table does.</summary>
public class KnownDifferencePageTests
{
    [Fact]
    public async Task Page_has_the_rows_of_the_table()
    {
        var page = await File.ReadAllTextAsync(PagePath(), TestContext.Current.CancellationToken);

        Assert.True(
            page == KnownDifferencePage.WithRows(page, KnownDifferenceTable.Rows),
            "docs/differential.md is stale: run eng/differential.sh --page");
    }

    [Fact]
    public void A_page_without_the_marks_is_refused() =>
        Assert.Throws<FormatException>(() => KnownDifferencePage.WithRows("# Page\n", KnownDifferenceTable.Rows));

    [Fact]
    public void Every_row_says_what_both_do_and_why()
    {
        Assert.All(KnownDifferenceTable.Rows, row => Assert.All(
            new[] { row.Subject, row.Condition, row.Qemu, row.Service, row.Reason },
            text => Assert.True(text.Length > 2 && !text.Contains('|', StringComparison.Ordinal), row.Name)));
        Assert.Equal(
            KnownDifferenceTable.Rows.Count, KnownDifferenceTable.Rows.Select(row => row.Name).Distinct().Count());
    }

    private static string PagePath()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ItsService.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("No ItsService.sln above the tests.");
        }

        return Path.Combine(folder.FullName, "docs", "differential.md");
    }
}
