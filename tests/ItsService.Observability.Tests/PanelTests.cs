using System.Globalization;
using System.Text;
using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests;

/// <summary>
/// Each expression of each panel, asked of a real Prometheus as Grafana asks it, while a service does what the panel is
/// about: there are values, which are not all 0, all of them can be drawn, and the legend tells series apart.
/// </summary>
public sealed class PanelTests(ObservedFleet observed)
{
    private const string RateInterval = "10s";
    private const int HeatmapRowsMin = 10;
    private static readonly string[] Paths = ["doorbell", "session", "stream", "unary"];
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(75);

    [Fact]
    public async Task Every_expression_of_every_panel_has_values_under_load()
    {
        var fleet = await observed.GetAsync();
        var queries = DashboardFile.Names.Select(DashboardFile.Read)
            .SelectMany(board => board.Panels).Where(panel => panel.HasData)
            .SelectMany(panel => panel.Queries.Select(query => (Panel: panel, Query: query))).ToList();
        var rows = new SortedDictionary<int, string>();
        var missing = Enumerable.Range(0, queries.Count).ToDictionary(index => index, _ => "not asked");
        var startedAt = TimeProvider.System.GetTimestamp();
        while (missing.Count > 0 && TimeProvider.System.GetElapsedTime(startedAt) < Patience)
        {
            foreach (var index in missing.Keys.ToList())
            {
                var (panel, query) = queries[index];
                var answer = await fleet.Prometheus.OverAsync(Expression(fleet, panel, query), Shown, Step);
                missing[index] = Problem(panel, query, answer);
                if (missing[index].Length == 0)
                {
                    missing.Remove(index);
                    rows[index] = Row(panel, query, answer);
                }
            }

            await Task.Delay(Step, TestContext.Current.CancellationToken);
        }

        Write(rows.Values);
        fleet.Load.Check();
        Assert.True(missing.Count == 0, string.Join('\n', missing.Select(one =>
            $"{queries[one.Key].Panel}: {queries[one.Key].Query.Expression}: {one.Value}")));
    }

    private static string Expression(ObservedFleet.Parts fleet, DashboardPanel panel, PanelQuery query) =>
        DashboardFile.Substitute(
            query.Expression, fleet.InstanceFor(panel.Dashboard), fleet.Vm, RateInterval);

    private static string Problem(DashboardPanel panel, PanelQuery query, List<Series> answer)
    {
        var legends = answer.Select(series => query.LegendOf(series.Labels)).ToList();
        return answer.Count == 0 ? "no series"
            : answer.Any(series => series.FiniteCount != series.Points.Count) ? "values that cannot be drawn"
            : !QuietQueries.MayBeZero(panel, query) && answer.All(series => series.IsZero) ? "nothing but 0"
            : panel.Kind == "heatmap" && answer.Select(series => series["le"]).Distinct().Count() < HeatmapRowsMin
                ? "too few rows"
            : panel is { Dashboard: "overview", Title: "Injection time by path" }
                && Paths.Except(answer.Select(series => series["its_path"])).FirstOrDefault() is { } path
                ? $"nothing of the path {path}"
            : panel.Kind == "stat" && answer.Count != 1 ? $"{answer.Count} series for one figure"
            : legends.Distinct().Count() != legends.Count ? $"a legend that is not unique: {string.Join('|', legends)}"
            : legends.Any(legend => legend.Length == 0) ? "a series without a legend"
            : query.LegendLabels.Except(answer.SelectMany(series => series.Labels.Keys).Append("error_type"))
                .FirstOrDefault() is { } label ? $"no series has the label {label} of the legend"
            : "";
    }

    private static string Row(DashboardPanel panel, PanelQuery query, List<Series> answer) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {panel.Dashboard} | {panel.Title} | `{query.Expression.Replace("|", "\\|", StringComparison.Ordinal)}`"
        + $" | {answer.Count} | {answer.Sum(series => series.Points.Count)} |");

    private static void Write(IReadOnlyCollection<string> rows)
    {
        var text = new StringBuilder("| Dashboard | Panel | Expression | Series | Samples |\n|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append(row).Append('\n');
        }

        var file = Path.Combine(AppContext.BaseDirectory, "panels.md");
        File.WriteAllText(file, text.ToString());
        TestContext.Current.SendDiagnosticMessage($"what each panel showed: {file}");
    }
}
