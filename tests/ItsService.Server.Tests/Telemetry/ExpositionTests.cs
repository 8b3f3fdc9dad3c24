using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ItsService.Server.Telemetry.Scraping;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>The texts that /metrics answers with, of metrics whose content is known.</summary>
public class ExpositionTests
{
    private const string MeterName = "Exposition";

    public static TheoryData<string, string> Accepted => new()
    {
        { "", "PrometheusText" },
        { "*/*", "PrometheusText" },
        { "text/plain", "PrometheusText" },
        { "application/openmetrics-text", "OpenMetrics" },
        { "application/openmetrics-text; version=1.0.0", "OpenMetrics" },
        { "application/openmetrics-text; version=\"0.0.1\"", "OpenMetrics" },
        { "application/openmetrics-text; version=2.0.0", "PrometheusText" },
        { "application/openmetrics-text; q=0.3, text/plain; q=0.5", "PrometheusText" },
        { "application/openmetrics-text; q=0", "PrometheusText" },
        { "nonsense", "PrometheusText" },
        {
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "OpenMetrics"
        },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Format_is_what_the_client_wants_most(string accept, string format) =>
        Assert.Equal(format, ScrapeFormats.Choose(accept.Length == 0 ? [] : [accept]).ToString());

    [Fact]
    public async Task Requests_of_microseconds_are_told_apart()
    {
        await using var server = await Scrape.ServeAsync();
        await MetricsTests.MappedAsync(server, "guest");

        Assert.Contains(
            (await Scrape.OfAsync(server)).Series,
            series => series.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal)
                && series.Contains("le=\"0.000", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_carry_units_and_counters_their_suffix()
    {
        var text = Collect(ScrapeFormat.OpenMetrics, meter =>
        {
            meter.CreateCounter<long>("a.count-of/things", "{thing}", "Things.").Add(3);
            meter.CreateCounter<long>("a.bytes", "By").Add(5);
            meter.CreateObservableGauge("a.share", () => 0.5, "1");
            meter.CreateUpDownCounter<long>("a..level").Add(-2);
        });

        Assert.Contains("# TYPE a_count_of_things counter\n# HELP a_count_of_things Things.\n"
            + "a_count_of_things_total 3\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "# TYPE a_bytes counter\n# UNIT a_bytes bytes\na_bytes_total 5\n", text, StringComparison.Ordinal);
        Assert.Contains("a_share_ratio 0.5\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE a_level gauge\na_level -2\n", text, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Older_format_names_a_counter_by_its_samples_and_has_no_end()
    {
        var text = Collect(
            ScrapeFormat.PrometheusText,
            meter => meter.CreateCounter<long>("a.bytes", "By", "A \\ and\na line").Add(5));

        Assert.Contains(
            "# TYPE a_bytes_total counter\n# HELP a_bytes_total A \\\\ and\\na line\na_bytes_total 5\n",
            text, StringComparison.Ordinal);
        Assert.DoesNotContain("# UNIT", text, StringComparison.Ordinal);
        Assert.DoesNotContain("# EOF", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE target_info gauge\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_labels_are_escaped()
    {
        var text = Collect(ScrapeFormat.OpenMetrics, meter => meter.CreateCounter<long>("a").Add(
            1, new KeyValuePair<string, object?>("b.c", "back\\slash \"quoted\"\nline")));

        Assert.Contains("""a_total{b_c="back\\slash \"quoted\"\nline"} 1""", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Exponential_histogram_is_shown_with_exact_counts()
    {
        // Over nine decades, so that the SDK makes its buckets coarser as they come; and on bounds.
        var random = new Random(20260);
        double[] values =
        [
            0, 1e-12, 50e-9, Math.Pow(2, -24), Math.Pow(2, -10), 1, 2, 9.99, 16, 1000,
            .. Enumerable.Range(0, 500).Select(_ => Math.Pow(10, (random.NextDouble() * 9) - 8)),
        ];

        var text = Collect(ScrapeFormat.OpenMetrics, meter =>
        {
            var histogram = meter.CreateHistogram<double>("a.time", "s");
            Array.ForEach(values, value => histogram.Record(value));
        });

        for (var exponent = -25; exponent <= 4; exponent++)
        {
            var bound = Math.Pow(2, exponent);
            var shown = double.IsInteger(bound)
                ? bound.ToString("F1", CultureInfo.InvariantCulture)
                : bound.ToString("R", CultureInfo.InvariantCulture);
            var count = values.Count(value => value <= bound);
            Assert.Contains(
                $$"""a_time_seconds_bucket{le="{{shown}}"} {{count}}""" + "\n", text, StringComparison.Ordinal);
        }

        Assert.Contains(
            $$"""a_time_seconds_bucket{le="+Inf"} {{values.Length}}""" + "\n", text, StringComparison.Ordinal);
        Assert.Contains($"a_time_seconds_count {values.Length}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Exemplar_stands_in_the_bucket_of_its_value()
    {
        using var source = new ActivitySource(MeterName);
        using var listener = new ActivityListener
        {
            ShouldListenTo = one => one == source,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        ActivityTraceId trace = default;

        var text = Collect(ScrapeFormat.OpenMetrics, meter =>
        {
            var histogram = meter.CreateHistogram<double>("a.time", "s");
            using var activity = source.StartActivity("span");
            trace = activity!.TraceId;
            histogram.Record(0.75);
        });

        var line = Assert.Single(text.Split('\n'), line => line.Contains(" # {", StringComparison.Ordinal));
        Assert.StartsWith("""a_time_seconds_bucket{le="1.0"} 1 # {trace_id="@""".Replace(
            "@", trace.ToHexString(), StringComparison.Ordinal), line, StringComparison.Ordinal);
        Assert.Contains("\"} 0.75 ", line, StringComparison.Ordinal);
    }

    private static string Collect(ScrapeFormat format, Action<Meter> record)
    {
        using var meter = new Meter($"{MeterName}.{Guid.NewGuid()}");
        using var exporter = new ScrapeExporter();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(meter.Name)
            .AddView(instrument => instrument is Histogram<double>
                ? new Base2ExponentialBucketHistogramConfiguration()
                : null)
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddReader(new BaseExportingMetricReader(exporter))
            .Build();
        record(meter);
        return exporter.Read(format)!;
    }
}
