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
            var code = (failure as RpcException)?.StatusCode ?? StatusCode.Unknown;
            histogram.Record(
                instruments.SecondsSince(beganAt),
                FormOf(form),
                Tags.Of(Tags.Error, Tags.Name(code)));
            throw;
        }
    }

    private static KeyValuePair<string, object?> FormOf(StateForm form) =>
        Tags.Of(Tags.Form, Tags.Name(form));
}
