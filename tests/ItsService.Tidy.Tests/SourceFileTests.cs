using System.Text.RegularExpressions;

namespace ItsService.Tidy.Tests;

/// <summary>Habits that a machine can see.</summary>
public partial class SourceFileTests
{
    private const int LinesMax = 400;
    private const int ColumnsMax = 120;

    [Fact]
    public void No_source_file_is_longer_than_four_hundred_lines()
    {
        var tooLong = SourceTree.With(".cs", ".proto", ".sh", ".js")
            .Select(file => (file, lines: SourceTree.Read(file).Count(character => character == '\n')))
            .Where(entry => entry.lines > LinesMax);

        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_line_of_code_is_wider_than_the_page()
    {
        var wide = SourceTree.With(".cs", ".proto")
            .SelectMany(file => SourceTree.Read(file).Split('\n')
                .Select((line, index) => (file, number: index + 1, line)))
            .Where(entry => entry.line.Length > ColumnsMax)
            .Select(entry => $"{entry.file}:{entry.number}")
            .ToArray();

        Assert.True(wide.Length == 0, string.Join('\n', wide));
    }

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        var marks = SourceTree.With(".cs", ".proto", ".sh", ".js", ".py")
            .Where(file => !file.StartsWith("tests/ItsService.Tidy.Tests/", StringComparison.Ordinal))
            // There a base method that throws NotImplementedException is the documented API.
            .Where(file => !file.Contains("StandIns", StringComparison.Ordinal))
            .Where(file => UnfinishedMark().IsMatch(SourceTree.Read(file)));

        Assert.Empty(marks);
    }

    [Fact]
    public void No_path_of_a_developers_machine_is_in_the_repository()
    {
        var paths = SourceTree.With(".cs", ".proto", ".sh", ".js", ".py", ".md", ".json", ".yaml", ".props", ".csproj")
            .Where(file => MachinePath().IsMatch(SourceTree.Read(file)));

        Assert.Empty(paths);
    }

    [Fact]
    public void No_lock_file_names_where_a_package_was_fetched_from()
    {
        var named = SourceTree.Files
            .Where(file => Path.GetFileName(file) is "package-lock.json" or "packages.lock.json")
            .Where(file => SourceTree.Read(file).Contains("\"resolved\": \"http", StringComparison.Ordinal));

        Assert.Empty(named);
    }

    [Fact]
    public void Every_script_with_a_shebang_is_executable()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are those of a Unix file system.");
            return;
        }

        var notExecutable = new List<string>();
        foreach (var file in SourceTree.Files.Where(StartsWithShebang))
        {
            if (!File.GetUnixFileMode(Path.Combine(SourceTree.Root, file)).HasFlag(UnixFileMode.UserExecute))
            {
                notExecutable.Add(file);
            }
        }

        Assert.Empty(notExecutable);
    }

    private static bool StartsWithShebang(string file)
    {
        using var reader = File.OpenText(Path.Combine(SourceTree.Root, file));
        return reader.Read() == '#' && reader.Read() == '!';
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex UnfinishedMark();

    [GeneratedRegex(@"(^|[\s""'=(])/(work|farm|root|home/[a-z])[/\w]*", RegexOptions.Multiline)]
    private static partial Regex MachinePath();
}
