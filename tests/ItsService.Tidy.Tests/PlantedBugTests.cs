using System.Text.RegularExpressions;

namespace ItsService.Tidy.Tests;

/// <summary>The bugs that eng/mutants.sh plants: each fits the model as it is, and is told of.</summary>
public partial class PlantedBugTests
{
    private const string Folder = "eng/mutants/";

    public static TheoryData<string> Patches =>
        [.. SourceTree.With(".patch").Where(file => file.StartsWith(Folder, StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_planted_bug_finds_the_lines_that_it_changes(string patch)
    {
        var file = "";
        var hunks = 0;
        foreach (var part in Hunk().Split(SourceTree.Read(patch)))
        {
            if (file.Length > 0)
            {
                hunks++;
                Assert.Contains(Before(part), SourceTree.Read(file), StringComparison.Ordinal);
            }

            file = NewFile().Match(part) is { Success: true } match ? match.Groups[1].Value : file;
        }

        Assert.NotEqual(0, hunks);
    }

    [Fact]
    public void The_readme_has_a_row_for_each_planted_bug_and_no_other()
    {
        var names = Patches.Select(row => Path.GetFileNameWithoutExtension(row.Data)).Order(StringComparer.Ordinal);
        var rows = Row().Matches(SourceTree.Read("README.md")).Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal);

        Assert.Equal(names, rows);
    }

    /// <summary>The lines of a hunk that stand in the file: those that stay and those that go.</summary>
    private static string Before(string hunk) => string.Concat(hunk.Split('\n').Skip(1)
        .TakeWhile(IsOfHunk).Where(line => line[0] != '+').Select(line => line[1..] + "\n"));

    private static bool IsOfHunk(string line) =>
        line.Length > 0 && line[0] is (' ' or '-' or '+') && !line.StartsWith("--- a/", StringComparison.Ordinal);

    [GeneratedRegex("^@@", RegexOptions.Multiline)]
    private static partial Regex Hunk();

    [GeneratedRegex(@"^\+\+\+ b/(\S+)", RegexOptions.Multiline)]
    private static partial Regex NewFile();

    [GeneratedRegex(@"^\| `([a-z0-9-]+)`: ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
