using System.Collections.Concurrent;
using System.Diagnostics;
using ItsService.Server.Telemetry.Traces;

namespace ItsService.Observability.Tests.Hosting;

/// <summary>
/// Who wants all spans of the services of this process, as an exporter of traces does: without one there are none, and
/// no exemplars.
/// </summary>
internal sealed class SampledSpans : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Trace, string Span), string> _names = new();
    private readonly ActivityListener _listener;

    public SampledSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Spans.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) =>
                ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = span =>
                _names[(span.TraceId.ToHexString(), span.SpanId.ToHexString())] = span.OperationName,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The name of the span to which an exemplar leads; null where there was none.</summary>
    public string? NameOf(Exemplar exemplar) => _names.GetValueOrDefault(
        (exemplar.Labels.GetValueOrDefault("trace_id", ""), exemplar.Labels.GetValueOrDefault("span_id", "")));

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return default;
    }
}
