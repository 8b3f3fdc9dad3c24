using System.Diagnostics.Metrics;
using Grpc.Core;

namespace ItsService.Server.Telemetry;

/// <summary>
/// Measures how long saving and restoring take: the service's own part, without the time in which a client sends or
/// reads.
/// </summary>
internal sealed class StateTimes(Instruments instruments)
{
    /// <summary>Measures a save, whatever its end.</summary>
    public Task<T> SaveAsync<T>(StateForm form, Func<Task<T>> save) =>
        MeasureAsync(instruments.SaveDuration, form, save);

    /// <summary>Measures a restore, whatever its end.</summary>
    public Task<T> RestoreAsync<T>(StateForm form, Func<Task<T>> restore) =>
        MeasureAsync(instruments.RestoreDuration, form, restore);

    /// <summary>
    /// What comes before a restore: the way of the state to the service. Where it fails there, that is a restore that
    /// has failed, and has taken none of the service's time.
    /// </summary>
    public async Task<T> ReceiveAsync<T>(StateForm form, Func<Task<T>> receive, CancellationToken call)
    {
        try
        {
            return await receive();
        }
        catch (Exception failure)
        {
            // What the transport throws where a client goes away is none of the service's errors.
            var error = call.IsCancellationRequested
                ? Tags.Of(Tags.Error, Tags.Name(StatusCode.Cancelled))
                : ErrorOf(failure);
            instruments.RestoreDuration.Record(0, FormOf(form), error);
            throw;
        }
    }

    /// <summary>Notes how large a state is.</summary>
    public void NoteSize(StateForm form, long sizeBytes) => instruments.StateSize.Record(sizeBytes, FormOf(form));

    private async Task<T> MeasureAsync<T>(Histogram<double> histogram, StateForm form, Func<Task<T>> work)
    {
        var beganAt = instruments.Now();
        try
        {
            var result = await work();
            histogram.Record(instruments.SecondsSince(beganAt), FormOf(form));
            return result;
        }
        catch (Exception failure)
        {
            histogram.Record(instruments.SecondsSince(beganAt), FormOf(form), ErrorOf(failure));
            throw;
        }
    }

    private static KeyValuePair<string, object?> ErrorOf(Exception failure) => Tags.Of(
        Tags.Error,
        Tags.Name(failure switch
        {
            RpcException refusal => refusal.StatusCode,
            OperationCanceledException => StatusCode.Cancelled,
            _ => StatusCode.Unknown,
        }));

    private static KeyValuePair<string, object?> FormOf(StateForm form) =>
        Tags.Of(Tags.Form, Tags.Name(form));
}
