using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace ItsService.Server.Telemetry;

/// <summary>How measurements are put together.</summary>
internal static class MetricViews
{
    private const string RequestDuration = "http.server.request.duration";

    // 160 buckets over nine decades are four to each doubling.
    private static readonly Base2ExponentialBucketHistogramConfiguration Exponential = new()
    {
        MaxSize = 160,
        MaxScale = 20,
        RecordMinMax = true,
    };

    /// <summary>
    /// Our histograms are exponential, since they range from nanoseconds to seconds, and so is that of requests: the
    /// platform's bounds begin at 5 ms, and most calls take less. What another service in this process measures is
    /// none of ours.
    /// </summary>
    public static Func<Instrument, MetricStreamConfiguration?> For(IMeterFactory meters) => instrument =>
    {
        if (instrument.Meter.Scope is not null && instrument.Meter.Scope != meters)
        {
            return MetricStreamConfiguration.Drop;
        }

        var isHistogram = instrument is Histogram<double> or Histogram<long>;
        return isHistogram && instrument.Meter.Name == Instruments.MeterName || instrument.Name == RequestDuration
            ? Exponential
            : null;
    };
}
