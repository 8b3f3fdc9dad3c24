using System.Text.RegularExpressions;

namespace ItsService.Tidy.Tests;

/// <summary>Documentation that points at what is there.</summary>
public partial class DocumentationTests
{
    public static TheoryData<string> Pages => [.. SourceTree.With(".md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_links_only_to_files_that_exist(string page)
    {
        var folder = Path.GetDirectoryName(page)!;
        var dead = Link().Matches(SourceTree.Read(page)).Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(SourceTree.Root, folder, target)));

        Assert.Empty(dead);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/architecture.md")]
    public void A_path_in_backticks_exists(string page)
    {
        var dead = PathInBackticks().Matches(SourceTree.Read(page)).Select(match => match.Groups[1].Value)
            .Where(path => !Path.Exists(Path.Combine(SourceTree.Root, path)));

        Assert.Empty(dead);
    }

    [Fact]
    public void Every_project_is_in_the_map_of_the_readme()
    {
        var readme = SourceTree.Read("README.md");
        var missing = SourceTree.With(".csproj").Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/'))
            .Select(folder => folder.StartsWith("src/StandIns/", StringComparison.Ordinal) ? "src/StandIns" : folder)
            .Distinct().Where(folder => !readme.Contains($"`{folder}/`", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [Fact]
    public void Decision_records_are_numbered_without_a_gap_and_have_their_four_parts()
    {
        var records = SourceTree.Files.Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToArray();

        Assert.NotEmpty(records);
        for (var number = 1; number <= records.Length; number++)
        {
            Assert.StartsWith($"docs/decisions/{number:D4}-", records[number - 1], StringComparison.Ordinal);
            foreach (var part in new[] { "## Context", "## Options", "## Choice", "## Consequence" })
            {
                Assert.Contains(part, SourceTree.Read(records[number - 1]), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_changelog_begins_with_what_is_unreleased()
    {
        var headings = SourceTree.Read("CHANGELOG.md").Split('\n')
            .Where(line => line.StartsWith("## ", StringComparison.Ordinal));

        Assert.Equal("## Unreleased", headings.First());
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|tests|docs|eng|deploy|protos|bench)/[\w./-]*)`")]
    private static partial Regex PathInBackticks();
}
