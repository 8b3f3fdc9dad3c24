using System.Text.Json;
using System.Text.RegularExpressions;

namespace ItsService.Observability.Tests.Deploy;

/// <summary>A variable of a dashboard: what its reader chooses from.</summary>
internal sealed partial record DashboardVariable(string Dashboard, JsonElement Json)
{
    public string Name => Json.GetProperty("name").GetString()!;

    /// <summary>Whether Prometheus is asked what there is to choose.</summary>
    public bool IsAsked => Json.GetProperty("type").GetString() == "query";

    /// <summary>What it is asked.</summary>
    public string Query => Json.GetProperty("query").GetProperty("query").GetString()!;

    /// <summary>The same, as Grafana shows it to who edits.</summary>
    public string Definition => Json.GetProperty("definition").GetString()!;

    /// <summary>Which series are looked at, and the values of which of their labels are offered.</summary>
    public (string Selector, string Label) LabelValues
    {
        get
        {
            var match = Values().Match(Query);
            Assert.True(match.Success, $"{this}: {Query}");
            return (match.Groups[1].Value, match.Groups[2].Value);
        }
    }

    public override string ToString() => $"{Dashboard}: ${Name}";

    [GeneratedRegex(@"^label_values\((.+), (\w+)\)$")]
    private static partial Regex Values();
}
