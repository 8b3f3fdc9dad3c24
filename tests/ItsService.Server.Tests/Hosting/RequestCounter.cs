using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Hosting;

/// <summary>
/// Counts the requests that are inside one server, from its own metrics: a test knows by it that a call has arrived, or
/// that the server is done with one whose client has gone.
/// </summary>
internal sealed class RequestCounter : IDisposable
{
    private const string MeterName = "Microsoft.AspNetCore.Hosting";
    private const string InstrumentName = "http.server.active_requests";

    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private long _count;
    private TaskCompletionSource _changed = New();

    public RequestCounter(WebApplication application)
    {
        var factory = application.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == InstrumentName
                && instrument.Meter.Name == MeterName
                && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Add(measurement));
        _listener.Start();
    }

    /// <summary>Waits until exactly this many requests are inside.</summary>
    public async Task UntilAsync(long count)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_count == count)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WithinLimit();
        }
    }

    public void Dispose() => _listener.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Add(long measurement)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _count += measurement;
            changed = _changed;
            _changed = New();
        }

        changed.SetResult();
    }
}
