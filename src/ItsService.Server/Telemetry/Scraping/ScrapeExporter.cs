using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ItsService.Server.Telemetry.Scraping;

/// <summary>
/// Writes out what is collected for a scrape. The SDK collects nothing for an exporter that is read unless it can be
/// told to, which is what the interface is for.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class ScrapeExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private ScrapeFormat _format;
    private string _text = "";

    /// <summary>Set by the reader that it is given to.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>All metrics as they are now; null where they cannot be collected. One at a time.</summary>
    public string? Read(ScrapeFormat format)
    {
        _format = format;
        return Collect?.Invoke(Timeout.Infinite) == true ? _text : null;
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new ExpositionText(_format);
        text.Write(ParentProvider.GetResource());
        foreach (var metric in batch)
        {
            text.Write(metric);
        }

        _text = text.ToString();
        return ExportResult.Success;
    }
}
