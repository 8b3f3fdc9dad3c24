using System.Diagnostics;
using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace ItsService.Server.Telemetry.Scraping;

/// <summary>
/// Writes metrics as text: Prometheus's format 0.0.4, or OpenMetrics 1.0. The two differ in how counters are named in
/// comments, in units, in exemplars and in the end.
/// </summary>
internal sealed class ExpositionText(ScrapeFormat format)
{
    private readonly StringBuilder _text = new();

    private bool IsOpenMetrics => format == ScrapeFormat.OpenMetrics;

    /// <summary>The whole text.</summary>
    public override string ToString() => IsOpenMetrics ? $"{_text}# EOF\n" : _text.ToString();

    /// <summary>What all metrics are about, as target_info has it.</summary>
    public void Write(Resource resource)
    {
        const string Name = "target";
        AppendComments(Name, "info", "", "What is measured.");
        _text.Append(Name).Append("_info");
        AppendLabels(resource.Attributes.Select(one => (one.Key, Text(one.Value))));
        _text.Append(" 1\n");
    }

    public void Write(Metric metric)
    {
        var family = ExposedName.OfFamily(metric);
        AppendComments(family, TypeOf(metric), ExposedName.UnitOf(metric), metric.Description);
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            switch (metric.MetricType)
            {
                case MetricType.Histogram:
                    AppendHistogram(family, labels, point, FixedBuckets(point));
                    break;
                case MetricType.ExponentialHistogram:
                    AppendHistogram(
                        family, labels, point,
                        ExponentialBuckets.Cumulative(point.GetExponentialHistogramData(), metric.Unit));
                    break;
                default:
                    AppendSample(
                        IsCounter(metric) ? $"{family}_total" : family, labels, ValueOf(metric.MetricType, point));
                    break;
            }
        }
    }

    private static bool IsCounter(Metric metric) =>
        metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;

    private static string TypeOf(Metric metric) => metric.MetricType switch
    {
        MetricType.Histogram or MetricType.ExponentialHistogram => "histogram",
        _ => IsCounter(metric) ? "counter" : "gauge",
    };

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static List<(double Bound, long Count)> FixedBuckets(in MetricPoint point)
    {
        var buckets = new List<(double Bound, long Count)>();
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            if (!double.IsPositiveInfinity(bucket.ExplicitBound))
            {
                buckets.Add((bucket.ExplicitBound, count));
            }
        }

        return buckets;
    }

    private static List<(string Name, string Value)> Labels(ReadOnlyTagCollection tags)
    {
        var labels = new List<(string Name, string Value)>();
        foreach (var tag in tags)
        {
            labels.Add((tag.Key, Text(tag.Value)));
        }

        return labels;
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private void AppendComments(string family, string type, string unit, string help)
    {
        // The older format knows a counter, and an info, by the name of its samples.
        var name = (type, IsOpenMetrics) switch
        {
            ("counter", false) => $"{family}_total",
            ("info", false) => $"{family}_info",
            _ => family,
        };
        var shownType = type == "info" && !IsOpenMetrics ? "gauge" : type;
        _text.Append("# TYPE ").Append(name).Append(' ').Append(shownType).Append('\n');
        if (IsOpenMetrics && unit.Length > 0)
        {
            _text.Append("# UNIT ").Append(name).Append(' ').Append(unit).Append('\n');
        }

        if (help.Length > 0)
        {
            _text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(help, quotes: IsOpenMetrics)).Append('\n');
        }
    }

    private void AppendHistogram(
        string family, List<(string Name, string Value)> labels, in MetricPoint point,
        List<(double Bound, long Count)> buckets)
    {
        var exemplars = ExemplarsOf(point);
        buckets.Add((double.PositiveInfinity, point.GetHistogramCount()));
        var above = double.NegativeInfinity;
        foreach (var (bound, count) in buckets)
        {
            _text.Append(family).Append("_bucket");
            AppendLabels([.. labels, ("le", Bound(bound))]);
            _text.Append(' ').Append(count.ToString(CultureInfo.InvariantCulture));
            AppendExemplar(exemplars.FirstOrDefault(one => one.Value > above && one.Value <= bound));
            _text.Append('\n');
            above = bound;
        }

        AppendSample($"{family}_count", labels, point.GetHistogramCount());
        AppendSample($"{family}_sum", labels, point.GetHistogramSum());
    }

    // A whole number has a decimal point there: OpenMetrics compares the text.
    private static string Bound(double bound) =>
        double.IsInteger(bound) ? bound.ToString("F1", CultureInfo.InvariantCulture) : Number(bound);

    private void AppendSample(string name, IEnumerable<(string Name, string Value)> labels, double value)
    {
        _text.Append(name);
        AppendLabels(labels);
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void AppendLabels(IEnumerable<(string Name, string Value)> labels)
    {
        var separator = '{';
        foreach (var (name, value) in labels)
        {
            _text.Append(separator).Append(ExposedName.OfLabel(name)).Append("=\"")
                .Append(Escaped(value, quotes: true)).Append('"');
            separator = ',';
        }

        if (separator == ',')
        {
            _text.Append('}');
        }
    }

    private List<ShownExemplar> ExemplarsOf(in MetricPoint point)
    {
        var shown = new List<ShownExemplar>();
        if (IsOpenMetrics && point.TryGetExemplars(out var exemplars))
        {
            foreach (ref readonly var exemplar in exemplars)
            {
                shown.Add(new ShownExemplar(
                    exemplar.DoubleValue, exemplar.Timestamp, exemplar.TraceId, exemplar.SpanId));
            }
        }

        // The newest one of each bucket is shown.
        shown.Sort((one, other) => other.At.CompareTo(one.At));
        return shown;
    }

    private void AppendExemplar(ShownExemplar exemplar)
    {
        if (exemplar.Trace == default)
        {
            return;
        }

        _text.Append(" # ");
        AppendLabels([("trace_id", exemplar.Trace.ToHexString()), ("span_id", exemplar.Span.ToHexString())]);
        _text.Append(' ').Append(Number(exemplar.Value)).Append(' ')
            .Append((exemplar.At.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture));
    }

    private static string Escaped(string text, bool quotes)
    {
        var escaped = text
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private readonly record struct ShownExemplar(
        double Value, DateTimeOffset At, ActivityTraceId Trace, ActivitySpanId Span);
}
