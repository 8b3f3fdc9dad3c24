using System.IO.Compression;
using System.Text.RegularExpressions;

namespace ItsService.Cli.Tests.Replay;

/// <summary>The recordings of the repository, and what FIGURES.txt says of each.</summary>
internal static partial class Recordings
{
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(RepositoryFolder.PathOf("tests", "recordings"), "*.trace.gz")
            .Select(path => Path.GetFileName(path)[..^".trace.gz".Length])
            .Order(StringComparer.Ordinal)];

    public static string PathOf(string name) => RepositoryFolder.PathOf("tests", "recordings", $"{name}.trace.gz");

    public static string[] Lines(string name)
    {
        using var inflated = new GZipStream(File.OpenRead(PathOf(name)), CompressionMode.Decompress);
        using var text = new StreamReader(inflated);
        return text.ReadToEnd().TrimEnd('\n').Split('\n');
    }

    /// <summary>How many lines of a kind a recording has: "MSI", "ACK", ...</summary>
    public static int Count(string name, string kind)
    {
        var figures = File.ReadAllLines(RepositoryFolder.PathOf("tests", "recordings", "FIGURES.txt"))
            .SkipWhile(line => line != $"{name}.trace.gz")
            .First(line => line.TrimStart().StartsWith('{'));
        var count = KindAndCount().Matches(figures).Single(match => match.Groups["kind"].Value == kind);
        return int.Parse(count.Groups["count"].Value);
    }

    /// <summary>The last line of a replay of the recording as it is.</summary>
    public static string Summary(string name) =>
        $"replay: {Count(name, "R")} reads, {Count(name, "CMD")} commands, {Count(name, "MSI")} msis, "
        + $"{Count(name, "ACK")} acks, {Count(name, "HPPI")} hppis: 0 mismatches, {Count(name, "RBAD")} not compared";

    [GeneratedRegex("'(?<kind>[A-Z]+)': (?<count>[0-9]+)")]
    private static partial Regex KindAndCount();
}
