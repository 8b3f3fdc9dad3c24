using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests;

/// <summary>What promtool says of the files of deploy/prometheus, and of what the service serves.</summary>
public sealed class PromtoolTests(ObservedFleet observed)
{
    // Names by OpenTelemetry's conventions, of which promtool would have some otherwise. All it may say is this.
    private const string NameOfACount = "non-histogram and non-summary metrics should not have \"_count\" suffix";

    public static TheoryData<string> Configurations => ["prometheus.yml", "prometheus.compose.yml"];

    public static TheoryData<string> Rules => [.. Files("rules")];

    public static TheoryData<string> RuleTests => [.. Files("tests")];

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Configuration_is_valid(string name) =>
        (await Promtool.RunAsync("", "check", "config", PathOf(name))).Succeeded();

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task Rules_are_valid(string name) =>
        (await Promtool.RunAsync(
            "", "check", "rules", "--lint=all", "--lint-fatal", PathOf("rules", name))).Succeeded();

    [Theory]
    [MemberData(nameof(RuleTests))]
    public async Task Rules_do_what_their_tests_say(string name) =>
        (await Promtool.RunAsync("", "test", "rules", PathOf("tests", name))).Succeeded();

    [Fact]
    public async Task Metrics_are_as_prometheus_takes_them()
    {
        var fleet = await observed.GetAsync();

        foreach (var service in new[] { fleet.Fleet, fleet.Named })
        {
            var check = await Promtool.RunAsync(await service.ReadMetricsAsync(), "check", "metrics");
            Assert.DoesNotContain(
                check.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                line => !line.EndsWith(NameOfACount, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(PathOf(folder), "*.yml").Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal);

    private static string PathOf(params string[] parts) =>
        RepositoryFolder.PathOf(["deploy", "prometheus", .. parts]);
}
