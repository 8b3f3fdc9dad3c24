using System.Globalization;
using ItsService.Observability.Tests.Deploy;

namespace ItsService.Observability.Tests;

/// <summary>
/// What promtool's tests say of the alerts about latencies, since these cannot be tried on a machine that is busy.
/// </summary>
public sealed class LatencyAlertTests
{
    private static readonly IReadOnlyList<YamlFile> Rules =
        [.. YamlFile.Read("deploy", "prometheus", "rules", "alerts.yml")["groups"].Items
            .SelectMany(group => group["rules"].Items)];

    private static readonly IReadOnlyList<YamlFile> Cases =
        YamlFile.Read("deploy", "prometheus", "tests", "alerts.yml")["tests"].Items;

    public static TheoryData<string> Names => [.. LatencyAlerts.Names];

    [Fact]
    public void Alerts_about_latencies_are_those_that_look_at_a_quantile() => Assert.Equal(
        Rules.Where(rule => rule["expr"].Text.Contains("_seconds:p", StringComparison.Ordinal))
            .Select(rule => rule["alert"].Text),
        LatencyAlerts.Names);

    // Quiet when it has had the time to fire, and from beginning to end: by the numbers, then, and not by the clock.
    [Theory]
    [MemberData(nameof(Names))]
    public void Within_its_budget_it_is_quiet_for_longer_than_it_waits(string name)
    {
        var waits = TimeOf(Assert.Single(Rules, rule => rule["alert"].Text == name)["for"].Text);
        var quiet = Cases.Where(one => LooksOf(one, name).ToList() is [_, ..] looks && !looks.Any(Fires));

        Assert.Contains(quiet, one => LooksOf(one, name).Any(look => TimeOf(look["eval_time"].Text) > 2 * waits));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Over_its_budget_it_fires_when_it_has_waited_and_not_before(string name)
    {
        var waits = TimeOf(Assert.Single(Rules, rule => rule["alert"].Text == name)["for"].Text);

        Assert.Contains(
            Cases.Select(one => LooksOf(one, name).ToList()),
            looks => looks.Any(look => !Fires(look) && TimeOf(look["eval_time"].Text) == waits)
                && looks.Any(look => Fires(look) && TimeOf(look["eval_time"].Text) == waits + TimeSpan.FromMinutes(1)));
    }

    private static IEnumerable<YamlFile> LooksOf(YamlFile one, string alert) =>
        one["alert_rule_test"].Items.Where(look => look["alertname"].Text == alert);

    private static bool Fires(YamlFile look) => look["exp_alerts"].Items.Count > 0;

    private static TimeSpan TimeOf(string minutes)
    {
        Assert.EndsWith("m", minutes, StringComparison.Ordinal);
        return TimeSpan.FromMinutes(int.Parse(minutes[..^1], CultureInfo.InvariantCulture));
    }
}
