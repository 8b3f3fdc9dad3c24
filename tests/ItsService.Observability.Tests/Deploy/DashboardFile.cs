using System.Text.Json;
using System.Text.RegularExpressions;

namespace ItsService.Observability.Tests.Deploy;

/// <summary>A dashboard of deploy/grafana.</summary>
internal sealed record DashboardFile(string Name, JsonElement Json)
{
    /// <summary>All that Grafana is given.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.GetFiles(RepositoryFolder.PathOf("deploy", "grafana", "dashboards"), "*.json")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal),
    ];

    public IReadOnlyList<DashboardPanel> Panels =>
        [.. Json.GetProperty("panels").EnumerateArray().Select(panel => new DashboardPanel(Name, panel))];

    public IReadOnlyList<DashboardVariable> Variables =>
        [.. Json.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Select(variable => new DashboardVariable(Name, variable))];

    public static DashboardFile Read(string name) => new(
        name,
        JsonDocument.Parse(File.ReadAllText(
            RepositoryFolder.PathOf("deploy", "grafana", "dashboards", $"{name}.json"))).RootElement);

    /// <summary>An expression as Grafana sends it, where these values are chosen.</summary>
    public static string Substitute(string expression, string instance, string vm, string interval)
    {
        var sent = expression
            .Replace("$__rate_interval", interval, StringComparison.Ordinal)
            .Replace("$__interval", interval, StringComparison.Ordinal)
            .Replace("$instance", EscapedTwice(instance), StringComparison.Ordinal)
            .Replace("$vm", vm, StringComparison.Ordinal);
        Assert.DoesNotContain('$', sent);
        return sent;
    }

    // For a regular expression, and in a string.
    private static string EscapedTwice(string text) =>
        Regex.Escape(text).Replace(@"\", @"\\", StringComparison.Ordinal);
}
