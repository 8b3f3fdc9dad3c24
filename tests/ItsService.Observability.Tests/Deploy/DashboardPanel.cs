using System.Text.Json;
using System.Text.RegularExpressions;

namespace ItsService.Observability.Tests.Deploy;

/// <summary>One panel of a dashboard file.</summary>
internal sealed partial record DashboardPanel(string Dashboard, JsonElement Json)
{
    public string Title => Json.GetProperty("title").GetString()!;

    public string Kind => Json.GetProperty("type").GetString()!;

    public string Description => Text("description");

    /// <summary>How often it asks at most, as in "5s".</summary>
    public string Interval => Text("interval");

    public string Unit => Defaults.GetProperty("unit").GetString()!;

    /// <summary>Whether it draws data: neither a row nor a text does.</summary>
    public bool HasData => Kind is not ("row" or "text");

    public JsonElement Defaults => Json.GetProperty("fieldConfig").GetProperty("defaults");

    /// <summary>Where values become remarkable: the value and the colour; the first has none.</summary>
    public IReadOnlyList<(double? Value, string Color)> Thresholds =>
        [.. Defaults.GetProperty("thresholds").GetProperty("steps").EnumerateArray().Select(step => (
            step.GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : (double?)null,
            step.GetProperty("color").GetString()!))];

    public IReadOnlyList<PanelQuery> Queries => HasData
        ? [.. Json.GetProperty("targets").EnumerateArray().Select(target => new PanelQuery(
            target.GetProperty("expr").GetString()!,
            target.GetProperty("legendFormat").GetString()!,
            target.TryGetProperty("exemplar", out var exemplar) && exemplar.GetBoolean()))]
        : [];

    public override string ToString() => $"{Dashboard}: {Title}";

    private string Text(string property) =>
        Json.TryGetProperty(property, out var value) ? value.GetString()! : "";
}

/// <summary>What a panel asks for.</summary>
/// <param name="Expression">In PromQL, with variables of Grafana.</param>
/// <param name="Legend">How a series of the answer is named.</param>
/// <param name="AsksForExemplars">Whether single measurements are drawn with it, that lead to traces.</param>
internal sealed partial record PanelQuery(string Expression, string Legend, bool AsksForExemplars)
{
    /// <summary>The labels that the legend shows.</summary>
    public IEnumerable<string> LegendLabels => Label().Matches(Legend).Select(match => match.Groups[1].Value);

    /// <summary>What the legend says of a series.</summary>
    public string LegendOf(IReadOnlyDictionary<string, string> labels) =>
        Label().Replace(Legend, match => labels.GetValueOrDefault(match.Groups[1].Value, "")).Trim();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Label();
}
