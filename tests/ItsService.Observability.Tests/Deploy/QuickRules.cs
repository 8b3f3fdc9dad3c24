using System.Text.RegularExpressions;

namespace ItsService.Observability.Tests.Deploy;

/// <summary>
/// The repository's configuration and rules for a test that has seconds where an operator has minutes. Nothing is
/// changed but times: what is asked and evaluated every second, ranges and offsets of ten seconds, and four of a
/// condition before an alert fires. That the real times are right, promtool's tests of the rules show.
/// </summary>
internal static partial class QuickRules
{
    /// <summary>What takes the place of [5m].</summary>
    public const string Range = "10s";

    /// <summary>Writes them into a folder, to ask services at these addresses.</summary>
    public static void Write(string folder, IEnumerable<string> addresses)
    {
        Directory.CreateDirectory(Path.Combine(folder, "rules"));
        var targets = string.Join(", ", addresses.Select(address => $"\"{address}\""));
        File.WriteAllText(
            Path.Combine(folder, "prometheus.yml"),
            Interval().Replace(Read("prometheus.yml"), "$1: 1s")
                .Replace("\"127.0.0.1:7401\"", targets, StringComparison.Ordinal));
        foreach (var name in new[] { "recording.yml", "alerts.yml" })
        {
            File.WriteAllText(Path.Combine(folder, "rules", name), Quick(Read($"rules/{name}")));
        }
    }

    private static string Quick(string rules) =>
        Wait().Replace(
            Offset().Replace(BracketedRange().Replace(Interval().Replace(rules, "$1: 1s"), $"[{Range}]"), Range), "4s");

    private static string Read(string name) =>
        File.ReadAllText(RepositoryFolder.PathOf(["deploy", "prometheus", .. name.Split('/')]));

    [GeneratedRegex(@"\b(scrape_interval|scrape_timeout|evaluation_interval|interval): \d+[smh]")]
    private static partial Regex Interval();

    [GeneratedRegex(@"\[\d+[smh]\]")]
    private static partial Regex BracketedRange();

    [GeneratedRegex(@"(?<=offset )\d+[smh]\b")]
    private static partial Regex Offset();

    [GeneratedRegex(@"(?<=\bfor: )\d+[smh]\b")]
    private static partial Regex Wait();
}
