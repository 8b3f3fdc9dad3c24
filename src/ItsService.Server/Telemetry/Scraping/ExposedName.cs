using OpenTelemetry.Metrics;

namespace ItsService.Server.Telemetry.Scraping;

/// <summary>
/// The names of metrics and labels as Prometheus takes them, by OpenTelemetry's rules: what is no letter, digit or
/// underscore becomes one underscore, and the unit stands at the end in words.
/// </summary>
internal static class ExposedName
{
    /// <summary>The name of a metric family, without the _total of a counter.</summary>
    public static string OfFamily(Metric metric)
    {
        var name = Sanitized(metric.Name);
        var unit = UnitOf(metric);
        return unit.Length == 0 || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}";
    }

    /// <summary>The unit in words; empty where there is none.</summary>
    public static string UnitOf(Metric metric) => metric.Unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "1" when metric.MetricType.IsGauge() => "ratio",
        // What stands in braces says what is counted, and is no unit.
        _ => "",
    };

    /// <summary>The name of a label.</summary>
    public static string OfLabel(string attribute) => Sanitized(attribute);

    private static string Sanitized(string name)
    {
        Span<char> text = stackalloc char[name.Length + 1];
        var length = 0;
        foreach (var letter in name)
        {
            var isPlain = char.IsAsciiLetterOrDigit(letter);
            if (length == 0 && char.IsAsciiDigit(letter))
            {
                text[length++] = '_';
            }

            if (isPlain || length == 0 || text[length - 1] != '_')
            {
                text[length++] = isPlain ? letter : '_';
            }
        }

        return new string(text[..length]);
    }
}
