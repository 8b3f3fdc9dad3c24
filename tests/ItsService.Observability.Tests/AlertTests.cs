using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests;

/// <summary>
/// The repository's rules in a real Prometheus on a good day: nobody is called. BadDayTests has the others.
/// </summary>
public sealed class AlertTests(ObservedFleet observed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Every_rule_can_be_evaluated_and_every_recording_rule_has_values_under_load()
    {
        var fleet = await observed.GetAsync();
        List<string> missing = ["not asked"];
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var startedAt = TimeProvider.System.GetTimestamp();
        while (missing.Count > 0 && TimeProvider.System.GetElapsedTime(startedAt) < Patience)
        {
            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
            missing.Clear();
            foreach (var rule in await fleet.Prometheus.RulesAsync())
            {
                var values = await fleet.Prometheus.NowAsync(rule.IsAlert ? rule.Expression : rule.Name);
                rows[rule.Name] = $"{rule.Name}: {values.Count} series, {rule.Health}: {rule.Expression}";
                if (rule.Health != "ok" || rule.Error.Length > 0 || (!rule.IsAlert && !IsShown(values, fleet)))
                {
                    missing.Add($"{rule.Name}: {rule.Health} {rule.Error} {values.Count} series: {rule.Expression}");
                }
            }
        }

        await File.WriteAllLinesAsync(
            Path.Combine(AppContext.BaseDirectory, "rules.txt"), rows.Values, TestContext.Current.CancellationToken);
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [Fact]
    public async Task No_alert_fires_under_normal_load()
    {
        var fleet = await observed.GetAsync();
        var fired = await fleet.GoodDay.WithinLimit();

        // A machine that has other things to do is slow, and then it is no fault of an alert about a latency to say so.
        // That these are quiet within their budgets, promtool shows with numbers (deploy/prometheus/tests/alerts.yml,
        // and LatencyAlertTests that it does so for each).
        fleet.Load.Check();
        Assert.Empty(fired.Select(series => series["alertname"]).Except(LatencyAlerts.Names));
    }

    private static bool IsShown(List<Series> values, ObservedFleet.Parts fleet) =>
        values.Any(series => series["instance"] == fleet.Fleet.Instance && series.FiniteCount > 0);
}
