using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ItsService.StandIns.Tests.Telemetry;

/// <summary>Keeps the sums that a reader collects.</summary>
internal sealed class RecordingExporter : BaseExporter<Metric>
{
    public Dictionary<string, long> Sums { get; } = [];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (Metric metric in batch)
        {
            foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
            {
                Sums[metric.Name] = point.GetSumLong();
            }
        }

        return ExportResult.Success;
    }
}
