using System.Text.RegularExpressions;
using ItsService.Observability.Tests.Deploy;
using ItsService.Server;

namespace ItsService.Observability.Tests;

/// <summary>The files of deploy/ fit each other and the service: paths, ports, names.</summary>
public sealed partial class DeployFileTests
{
    private static readonly YamlFile Compose = YamlFile.Read("deploy", "compose.yaml");
    private static readonly YamlFile Collector = YamlFile.Read("deploy", "otel", "collector.yaml");

    public static TheoryData<string> Services => [.. Compose["services"].Entries.Keys];

    private static string Dockerfile => File.ReadAllText(RepositoryFolder.PathOf("Dockerfile"));

    [Fact]
    public void Service_publishes_the_ports_that_it_serves()
    {
        var options = new ItsServerOptions();
        var ports = Compose["services"]["its-service"]["ports"].Texts;

        Assert.Equal([Published(options.Listen), Published(options.ConsoleListen)], ports);
        Assert.Contains($"--listen\", \"0.0.0.0:{PortOf(options.Listen)}", Dockerfile, StringComparison.Ordinal);
        Assert.Contains(
            $"--console\", \"0.0.0.0:{PortOf(options.ConsoleListen)}", Dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void Prometheus_asks_the_console_of_the_service()
    {
        var port = PortOf(new ItsServerOptions().ConsoleListen);
        var beside = YamlFile.Read("deploy", "prometheus", "prometheus.yml");
        var composed = YamlFile.Read("deploy", "prometheus", "prometheus.compose.yml");

        Assert.Equal([$"127.0.0.1:{port}"], TargetsOf(beside));
        Assert.Equal([$"its-service:{port}"], TargetsOf(composed));
        Assert.Equal(
            WithoutComment("prometheus.yml").Replace("127.0.0.1", "its-service", StringComparison.Ordinal),
            WithoutComment("prometheus.compose.yml"));
        Assert.Contains(
            "job=\"its-service\"",
            File.ReadAllText(RepositoryFolder.PathOf("deploy", "prometheus", "rules", "alerts.yml")),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Container_may_do_as_little_as_it_can(string name)
    {
        var service = Compose["services"][name];

        Assert.Equal("true", service["read_only"].Text);
        Assert.Equal(["ALL"], service["cap_drop"].Texts);
        Assert.Equal(["no-new-privileges:true"], service["security_opt"].Texts);
        Assert.NotEmpty(service["mem_limit"].Text);
        if (service.Entries.TryGetValue("ports", out var ports))
        {
            Assert.All(ports.Texts, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Image_comes_from_where_a_variable_says(string name)
    {
        var service = Compose["services"][name].Entries;
        var source = service.TryGetValue("image", out var image)
            ? image.Text
            : service["build"]["args"]["DOTNET_IMAGES"].Text;

        Assert.StartsWith("${", source, StringComparison.Ordinal);
        Assert.Equal(image is not null, source.StartsWith("${OPERATIONS_IMAGES", StringComparison.Ordinal));
        Assert.True(image is null || PinnedImage().IsMatch(source), source);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void What_is_mounted_exists(string name)
    {
        if (!Compose["services"][name].Entries.TryGetValue("volumes", out var volumes))
        {
            return;
        }

        foreach (var mount in volumes.Texts.Select(volume => volume.Split(':')))
        {
            var isFile = mount[0].StartsWith("./", StringComparison.Ordinal);
            Assert.True(isFile
                ? Path.Exists(RepositoryFolder.PathOf(["deploy", .. mount[0][2..].Split('/')])) && mount[^1] == "ro"
                : Compose["volumes"].Entries.ContainsKey(mount[0]));
        }
    }

    [Fact]
    public void Programs_are_told_files_that_are_mounted()
    {
        var services = Compose["services"];
        Assert.Contains(
            "--config.file=/etc/prometheus/prometheus.compose.yml", services["prometheus"]["command"].Texts);
        // What the collector writes has exponential histograms, which it takes with this alone.
        Assert.Contains("--enable-feature=native-histograms", services["prometheus"]["command"].Texts);
        // What ties a measurement to its trace it keeps with this alone.
        Assert.Contains("--enable-feature=exemplar-storage", services["prometheus"]["command"].Texts);
        Assert.Contains("./prometheus:/etc/prometheus:ro", services["prometheus"]["volumes"].Texts);
        Assert.Contains("--config=/etc/collector.yaml", services["collector"]["command"].Texts);
        Assert.Contains("./otel/collector.yaml:/etc/collector.yaml:ro", services["collector"]["volumes"].Texts);

        var provider = Assert.Single(
            YamlFile.Read("deploy", "grafana", "provisioning", "dashboards", "its-service.yaml")["providers"].Items);
        Assert.Contains(
            $"./grafana/dashboards:{provider["options"]["path"].Text}:ro", services["grafana"]["volumes"].Texts);
        var source = Assert.Single(
            YamlFile.Read("deploy", "grafana", "provisioning", "datasources", "prometheus.yaml")["datasources"].Items);
        Assert.Equal("http://prometheus:9090", source["url"].Text);
        Assert.Equal(
            YamlFile.Read("deploy", "prometheus", "prometheus.yml")["global"]["scrape_interval"].Text,
            source["jsonData"]["timeInterval"].Text);
    }

    [Fact]
    public void Collector_takes_what_the_service_sends_and_names_nothing_that_it_has_not()
    {
        var endpoint = new Uri(
            Compose["services"]["its-service"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"].Text);
        Assert.Equal("collector", endpoint.Host);
        Assert.Equal($"0.0.0.0:{endpoint.Port}", Collector["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].Text);

        var pipelines = Collector["service"]["pipelines"].Entries;
        Assert.Equal(["logs", "metrics", "traces"], pipelines.Keys.Order(StringComparer.Ordinal));
        foreach (var part in new[] { "receivers", "processors", "exporters" })
        {
            var named = pipelines.Values.SelectMany(pipeline => pipeline[part].Texts).Distinct();
            Assert.Equal(
                Collector[part].Entries.Keys.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }

        Assert.Equal(Collector["extensions"].Entries.Keys, Collector["service"]["extensions"].Texts);
    }

    [Fact]
    public void Each_alert_says_what_to_do_and_where_to_read_on()
    {
        var page = File.ReadAllText(RepositoryFolder.PathOf("docs", "operations.md"));
        var rules = YamlFile.Read("deploy", "prometheus", "rules", "alerts.yml")["groups"].Items
            .SelectMany(group => group["rules"].Items).ToList();

        Assert.NotEmpty(rules);
        Assert.All(rules, rule =>
        {
            var name = rule["alert"].Text;
            var annotations = rule["annotations"];
            Assert.Contains(rule["labels"]["severity"].Text, new[] { "critical", "warning" });
            Assert.NotEmpty(annotations["summary"].Text);
            Assert.NotEmpty(annotations["description"].Text);
            Assert.Equal($"docs/operations.md#{name.ToLowerInvariant()}", annotations["runbook"].Text);
            Assert.Contains($"\n### {name}\n", page, StringComparison.Ordinal);
        });
        Assert.Equal(
            rules.Select(rule => rule["alert"].Text).Order(StringComparer.Ordinal),
            Heading().Matches(page).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_rule_has_a_test()
    {
        var tests = string.Concat(
            new[] { "alerts.yml", "recording.yml" }.Select(name =>
                File.ReadAllText(RepositoryFolder.PathOf("deploy", "prometheus", "tests", name))));
        var names = new[] { "alerts.yml", "recording.yml" }
            .SelectMany(name => YamlFile.Read("deploy", "prometheus", "rules", name)["groups"].Items)
            .SelectMany(group => group["rules"].Items).Select(rule => rule.Entries)
            .Select(rule => (rule.TryGetValue("alert", out var alert) ? alert : rule["record"]).Text).ToList();

        Assert.All(names, name => Assert.Contains(name, tests, StringComparison.Ordinal));
        Assert.All(names.Where(name => name.StartsWith("Its", StringComparison.Ordinal)), name =>
        {
            var results = Expectation().Matches(tests).Where(match => match.Groups[1].Value == name)
                .Select(match => match.Groups[2].Value.Trim() == "[]").ToList();
            Assert.Contains(true, results);
            Assert.Contains(false, results);
        });
    }

    private static int PortOf(string address) => int.Parse(address.Split(':')[1]);

    private static string Published(string address) => $"{address}:{PortOf(address)}";

    private static IReadOnlyList<string> TargetsOf(YamlFile configuration)
    {
        var job = Assert.Single(configuration["scrape_configs"].Items);
        Assert.Equal("its-service", job["job_name"].Text);
        return Assert.Single(job["static_configs"].Items)["targets"].Texts;
    }

    private static string WithoutComment(string name) => string.Join('\n', File
        .ReadAllLines(RepositoryFolder.PathOf("deploy", "prometheus", name)).SkipWhile(line => line.StartsWith('#')));

    [GeneratedRegex(@"^\$\{OPERATIONS_IMAGES[^}]*\}/[a-z]+/[a-z-]+:v?\d+\.\d+\.\d+$")]
    private static partial Regex PinnedImage();

    [GeneratedRegex("^### (Its[A-Za-z]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:(.*)\n")]
    private static partial Regex Expectation();
}
