using Microsoft.Net.Http.Headers;

namespace ItsService.Server.Telemetry.Scraping;

/// <summary>The two texts in which metrics are read.</summary>
internal enum ScrapeFormat
{
    /// <summary>Prometheus's text format 0.0.4, which everybody reads.</summary>
    PrometheusText,

    /// <summary>OpenMetrics 1.0: with units and exemplars.</summary>
    OpenMetrics,
}

/// <summary>Which of them a client wants.</summary>
internal static class ScrapeFormats
{
    private const string OpenMetricsType = "application/openmetrics-text";

    /// <summary>The media type to answer with.</summary>
    public static string ContentType(ScrapeFormat format) => format == ScrapeFormat.OpenMetrics
        ? $"{OpenMetricsType}; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>
    /// OpenMetrics where it is asked for by name and nothing is wanted more; what asks for neither gets plain text.
    /// </summary>
    public static ScrapeFormat Choose(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept.OfType<string>().ToList(), out var types))
        {
            return ScrapeFormat.PrometheusText;
        }

        var openMetrics = types.Where(IsOpenMetrics).Select(Wish).DefaultIfEmpty(0).Max();
        var text = types.Where(IsText).Select(Wish).DefaultIfEmpty(0).Max();
        return openMetrics > 0 && openMetrics >= text ? ScrapeFormat.OpenMetrics : ScrapeFormat.PrometheusText;
    }

    private static bool IsOpenMetrics(MediaTypeHeaderValue type) =>
        type.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase)
        && (Version(type) is null or "1.0.0" or "0.0.1");

    private static bool IsText(MediaTypeHeaderValue type) =>
        type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase);

    private static double Wish(MediaTypeHeaderValue type) => type.Quality ?? 1;

    private static string? Version(MediaTypeHeaderValue type) =>
        type.Parameters.FirstOrDefault(one => one.Name.Equals("version", StringComparison.OrdinalIgnoreCase))
            ?.GetUnescapedValue().Value;
}
