using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests;

/// <summary>
/// The repository's alerts and dashboards in a real Prometheus when everything goes wrong: everybody is called, and
/// sees why.
/// </summary>
public sealed class BadDayTests(BadDay day) : IClassFixture<BadDay>
{
    private const string Down = "ItsServiceDown";
    private const string RateInterval = "10s";

    // Some are over by the time that all has been provoked.
    private const string Fired = "count_over_time(ALERTS{alertstate=\"firing\"}[10m])";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Every_alert_fires_when_it_has_a_reason()
    {
        var fleet = await day.GetAsync();
        var waiting = (await fleet.Prometheus.RulesAsync()).Where(rule => rule.IsAlert)
            .ToDictionary(rule => rule.Name, rule => rule.Expression);
        Assert.NotEmpty(waiting);
        var fired = new List<string>();

        var startedAt = TimeProvider.System.GetTimestamp();
        while (waiting.Count > 0 && TimeProvider.System.GetElapsedTime(startedAt) < Patience)
        {
            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
            foreach (var alert in await fleet.Prometheus.NowAsync(Fired))
            {
                var name = alert["alertname"];
                var culprit = name == Down ? fleet.Leaving : fleet.Unlucky;
                if (alert["instance"] == culprit.Instance && waiting.Remove(name))
                {
                    fired.Add($"{Text(alert)}: {alert.Points[0].Value} samples");
                }
            }
        }

        await File.WriteAllLinesAsync(
            Path.Combine(AppContext.BaseDirectory, "alerts.txt"), fired, TestContext.Current.CancellationToken);
        day.Check();
        Assert.True(waiting.Count == 0, string.Join('\n', waiting));
    }

    [Fact]
    public async Task Every_panel_shows_the_trouble_that_it_is_for()
    {
        var fleet = await day.GetAsync();
        var missing = QuietQueries.Troubles.ToDictionary(trouble => trouble, _ => "not asked");

        var startedAt = TimeProvider.System.GetTimestamp();
        while (missing.Count > 0 && TimeProvider.System.GetElapsedTime(startedAt) < Patience)
        {
            foreach (var trouble in missing.Keys.ToList())
            {
                var series = await DrawnAsync(fleet, trouble);
                missing[trouble] = string.Join(", ", series.Select(one => $"{one.Legend} {one.Max}"));
                if (series.Any(one => one.Legend == trouble.Legend && one.Max > 0))
                {
                    missing.Remove(trouble);
                }
            }

            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
        }

        day.Check();
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    private static async Task<List<(string Legend, double Max)>> DrawnAsync(
        ObservedFleet.Parts fleet, Trouble trouble)
    {
        var panel = Assert.Single(DashboardFile.Read(trouble.Dashboard).Panels, trouble.IsOf);
        var instance = trouble.Dashboard == "vm" ? fleet.Named.Instance : fleet.Unlucky.Instance;
        var drawn = new List<(string Legend, double Max)>();
        foreach (var query in panel.Queries)
        {
            var answer = await fleet.Prometheus.OverAsync(
                DashboardFile.Substitute(query.Expression, instance, $"vms/{trouble.Vm}", RateInterval), Shown, Step);
            drawn.AddRange(answer.Select(series => (
                query.LegendOf(series.Labels), series.Points.Max(point => point.Value))));
        }

        return drawn;
    }

    private static string Text(Series alert) => string.Join(' ', alert.Labels
        .Where(label => label.Key is not ("__name__" or "alertstate" or "job" or "instance"))
        .Select(label => $"{label.Key}={label.Value}"));
}
