using System.Text.RegularExpressions;
using ItsService.Observability.Tests.Deploy;

namespace ItsService.Observability.Tests;

/// <summary>The dashboards as files: nothing in them is left as Grafana would have it by itself.</summary>
public sealed partial class DashboardFileTests
{
    private static readonly string[] Units =
    [
        "s", "short", "bytes", "Bps", "percentunit", "mps", "cps", "ops", "reqps",
    ];

    // Panels without a step, and why.
    private static readonly Dictionary<string, string> Boundless = new()
    {
        ["Messages by outcome"] = "as many as devices send; Messages dropped has a limit",
        ["Interrupts acknowledged"] = "as many as are pended; Time until acknowledged has a limit",
        ["Commands by opcode"] = "as many as guests want; Commands in error has a limit",
        ["Requests by call"] = "as many as clients want; Calls refused has a limit",
        ["Requests by HTTP status"] = "the same, by another label",
    };

    // Histograms whose measurements are taken in no span, and why.
    private static readonly Dictionary<string, string> WithoutSpans = new()
    {
        ["its_acknowledge_duration_seconds_bucket"] = "a guest's access has none",
        ["http_server_request_duration_seconds_bucket"] = "the platform's are sent to nobody",
    };

    public static TheoryData<string> Dashboards => [.. DashboardFile.Names];

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panel_says_what_it_shows_and_how(string name)
    {
        var panels = DashboardFile.Read(name).Panels;
        Assert.NotEmpty(panels);
        Assert.All(panels, panel => Assert.NotEmpty(panel.Title));
        Assert.All(panels.Where(panel => panel.HasData), panel =>
        {
            Assert.InRange(panel.Description.Length, 40, 400);
            Assert.Contains(panel.Unit, Units);
            Assert.Equal("5s", panel.Interval);
            Assert.NotEmpty(panel.Queries);
            Assert.All(panel.Queries, query => Assert.NotEmpty(query.Legend));
            Assert.NotEmpty(panel.Thresholds);
            Assert.Null(panel.Thresholds[0].Value);
            // What Grafana has by itself, whatever is shown.
            Assert.DoesNotContain(panel.Thresholds, threshold => threshold.Value == 80);
        });
    }

    // Where no value is bad by itself, the panel says so.
    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panel_has_a_step_at_which_its_values_become_remarkable(string name) =>
        Assert.All(DashboardFile.Read(name).Panels.Where(panel => panel.HasData), panel =>
        {
            Assert.Equal(!Boundless.ContainsKey(panel.Title), panel.Thresholds.Count > 1);
            Assert.Equal(
                Boundless.ContainsKey(panel.Title),
                panel.Description.EndsWith(" No rate is bad by itself: no thresholds.", StringComparison.Ordinal));
            var steps = panel.Thresholds.Skip(1).Select(step => step.Value!.Value).ToList();
            Assert.Equal(steps.Order().Distinct(), steps);
            Assert.Equal(
                panel.Thresholds.Count, panel.Thresholds.Select(step => step.Color).Distinct().Count());
        });

    // A latency leads to the trace in which it was taken.
    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Exemplars_are_asked_for_where_latencies_are_drawn(string name) =>
        Assert.All(DashboardFile.Read(name).Panels.Where(panel => panel.HasData), panel =>
            Assert.All(panel.Queries, query => Assert.Equal(
                panel.Kind is "timeseries" or "heatmap"
                && Histogram().Match(query.Expression) is { Success: true } histogram
                && !WithoutSpans.ContainsKey(histogram.Value),
                query.AsksForExemplars)));

    [Fact]
    public void Panels_that_are_exceptions_exist()
    {
        var panels = DashboardFile.Names.SelectMany(name => DashboardFile.Read(name).Panels)
            .Where(panel => panel.HasData).ToList();

        Assert.Empty(Boundless.Keys.Except(panels.Select(panel => panel.Title)));
        Assert.All(WithoutSpans.Keys, histogram => Assert.Contains(
            panels.SelectMany(panel => panel.Queries),
            query => query.Expression.Contains(histogram, StringComparison.Ordinal)));
        Assert.Empty(QuietQueries.Strays(panels));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Dashboard_goes_by_its_variables(string name)
    {
        var board = DashboardFile.Read(name);
        var variables = board.Variables.Select(variable => variable.Name).ToList();

        Assert.Equal("datasource", variables[0]);
        Assert.All(board.Panels.Where(panel => panel.HasData), panel =>
        {
            Assert.Equal("${datasource}", panel.Json.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.All(panel.Queries, query =>
            {
                Assert.Contains("instance=~\"$instance\"", query.Expression, StringComparison.Ordinal);
                Assert.Equal(name == "vm", query.Expression.Contains("its_vm_name=\"$vm\"", StringComparison.Ordinal));
                Assert.Empty(Variable().Matches(query.Expression).Select(match => match.Groups[1].Value)
                    .Except(["__rate_interval", "__interval", .. variables]));
            });
        });
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panels_stand_beside_each_other(string name)
    {
        var places = DashboardFile.Read(name).Panels.Select(panel => panel.Json.GetProperty("gridPos"))
            .Select(place => (
                X: place.GetProperty("x").GetInt32(), Y: place.GetProperty("y").GetInt32(),
                W: place.GetProperty("w").GetInt32(), H: place.GetProperty("h").GetInt32())).ToList();

        Assert.All(places, place => Assert.InRange(place.X + place.W, 1, 24));
        Assert.DoesNotContain(places, one => places.Any(other => one != other
            && one.X < other.X + other.W && other.X < one.X + one.W
            && one.Y < other.Y + other.H && other.Y < one.Y + one.H));
    }

    [Fact]
    public void Dashboards_have_names_of_their_own()
    {
        Assert.Equal(["internals", "overview", "vm"], DashboardFile.Names);
        var boards = DashboardFile.Names.Select(name => DashboardFile.Read(name).Json).ToList();

        Assert.Equal(boards.Count, boards.Select(board => board.GetProperty("uid").GetString()).Distinct().Count());
        Assert.Equal(boards.Count, boards.Select(board => board.GetProperty("title").GetString()).Distinct().Count());
        Assert.All(DashboardFile.Names, name =>
        {
            var ids = DashboardFile.Read(name).Panels.Select(panel => panel.Json.GetProperty("id").GetInt32()).ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
        });
    }

    [Fact]
    public void Operations_page_has_a_row_for_each_panel()
    {
        var page = File.ReadAllText(RepositoryFolder.PathOf("docs", "operations.md"));
        var missing = DashboardFile.Names.Select(DashboardFile.Read).SelectMany(board => board.Panels)
            .Where(panel => panel.HasData)
            .Where(panel => !page.Contains($"| {panel.Title} |", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [GeneratedRegex(@"\$\{?(\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b[a-z_]+_bucket\b")]
    private static partial Regex Histogram();
}
