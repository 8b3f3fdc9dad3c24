using System.Globalization;
using System.Text.Json;

namespace ItsService.Observability.Tests.Hosting;

/// <summary>What Prometheus answers over its HTTP API.</summary>
internal sealed class PrometheusQueries(HttpClient http, Uri url)
{
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(url, "/-/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>An expression as it is now.</summary>
    public async Task<List<Series>> NowAsync(string expression) =>
        Read(await AskAsync("query", ("query", expression)));

    /// <summary>An expression over the last seconds, as a panel asks for it: with a step of one.</summary>
    public async Task<List<Series>> OverAsync(string expression, TimeSpan range, TimeSpan step)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        return Read(await AskAsync(
            "query_range",
            ("query", expression),
            ("start", Text(now - range.TotalSeconds)),
            ("end", Text(now)),
            ("step", Text(step.TotalSeconds))));
    }

    /// <summary>The exemplars of the last seconds in what an expression reads.</summary>
    public async Task<List<Exemplar>> ExemplarsAsync(string expression, TimeSpan range)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        var data = await AskAsync(
            "query_exemplars",
            ("query", expression), ("start", Text(now - range.TotalSeconds)), ("end", Text(now)));
        return [.. data.EnumerateArray().SelectMany(one => one.GetProperty("exemplars").EnumerateArray().Select(
            exemplar => new Exemplar(
                Labels(one.GetProperty("seriesLabels")),
                Labels(exemplar.GetProperty("labels")),
                Number(exemplar.GetProperty("value").GetString()!))))];
    }

    /// <summary>The values that a label has in what a selector selects.</summary>
    public async Task<IReadOnlyList<string>> LabelValuesAsync(string label, string selector)
    {
        var data = await AskAsync($"label/{label}/values?match[]={Uri.EscapeDataString(selector)}");
        return [.. data.EnumerateArray().Select(value => value.GetString()!)];
    }

    /// <summary>All rules that it has loaded, and how they are.</summary>
    public async Task<List<LoadedRule>> RulesAsync()
    {
        var data = await AskAsync("rules");
        return [.. data.GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => new LoadedRule(
                rule.GetProperty("name").GetString()!,
                rule.GetProperty("type").GetString() == "alerting",
                rule.GetProperty("query").GetString()!,
                rule.GetProperty("health").GetString()!,
                rule.TryGetProperty("lastError", out var error) ? error.GetString()! : ""))];
    }

    private async Task<JsonElement> AskAsync(string what, params (string Name, string Value)[] parameters)
    {
        using var content = new FormUrlEncodedContent(
            parameters.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        var address = new Uri(url, $"/api/v1/{what}");
        using var answer = parameters.Length == 0
            ? await http.GetAsync(address).WaitAsync(TestTimeout.Limit)
            : await http.PostAsync(address, content).WaitAsync(TestTimeout.Limit);
        var root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return root.GetProperty("status").GetString() == "success"
            ? root.GetProperty("data")
            : throw new InvalidOperationException($"{what} {parameters.FirstOrDefault().Value}: {root}");
    }

    private static List<Series> Read(JsonElement data) =>
        [.. data.GetProperty("result").EnumerateArray().Select(one => new Series(
            Labels(one.GetProperty("metric")),
            one.TryGetProperty("values", out var values)
                ? [.. values.EnumerateArray().Select(Point)]
                : [Point(one.GetProperty("value"))]))];

    private static Dictionary<string, string> Labels(JsonElement labels) =>
        labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);

    private static (double At, double Value) Point(JsonElement pair) =>
        (pair[0].GetDouble(), Number(pair[1].GetString()!));

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static string Text(double number) => number.ToString("F3", CultureInfo.InvariantCulture);
}

/// <summary>One series of an answer.</summary>
internal sealed record Series(
    IReadOnlyDictionary<string, string> Labels, IReadOnlyList<(double At, double Value)> Points)
{
    /// <summary>How many values it has that can be drawn.</summary>
    public int FiniteCount => Points.Count(point => double.IsFinite(point.Value));

    /// <summary>Whether it never has another value.</summary>
    public bool IsZero => Points.All(point => point.Value == 0);

    public string this[string label] => Labels.GetValueOrDefault(label, "");
}

/// <summary>A measurement that was kept with the span in which it was taken.</summary>
/// <param name="Series">The labels of the series that it is of.</param>
/// <param name="Labels">Its own.</param>
/// <param name="Value">What was measured.</param>
internal sealed record Exemplar(
    IReadOnlyDictionary<string, string> Series, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>A rule that Prometheus has loaded.</summary>
internal sealed record LoadedRule(string Name, bool IsAlert, string Expression, string Health, string Error);
