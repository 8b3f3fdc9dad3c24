using ItsService.Core.Diagnostics;
using ItsService.Core.Identifiers;

namespace ItsService.Server.Telemetry;

/// <summary>
/// When some of the pending LPIs of a VM became pending, so that it can be told how long the vCPUs take to acknowledge.
/// One for each entry of messages at most, and one for each of a few places by INTID: whoever has a place keeps it
/// until it is acknowledged, since giving it to the next one would leave out those that take long. Nothing is kept
/// through a command that has cleared an LPI, which may be one of these. Used inside the gate.
/// </summary>
internal sealed class AcknowledgeSamples(GicCounters counters)
{
    private const int PlaceCount = 64;

    // After so long a place is given away: an LPI that nobody enables is never acknowledged.
    private const int SecondsMax = 60;

    // Spent with the first message.
    private Sample[] _samples = [];
    private long _clearedBefore;

    /// <summary>An LPI has become pending.</summary>
    public void Note(IntId lpi, long now, long timestampsPerSecond)
    {
        ForgetCleared();
        if (_samples.Length == 0)
        {
            _samples = new Sample[PlaceCount];
        }

        ref var place = ref _samples[lpi.Value % PlaceCount];
        // One that has become pending anew was not pending before: what is kept of it is of another time.
        if (place.Lpi == 0 || place.Lpi == lpi.Value || now - place.At > SecondsMax * timestampsPerSecond)
        {
            place = new Sample(lpi.Value, now);
        }
    }

    /// <summary>Takes when an LPI became pending that has been acknowledged; 0 where that is not known.</summary>
    public long Take(IntId lpi)
    {
        if (_samples.Length == 0)
        {
            return 0;
        }

        ForgetCleared();
        ref var place = ref _samples[lpi.Value % PlaceCount];
        if (place.Lpi != lpi.Value)
        {
            return 0;
        }

        var at = place.At;
        place = default;
        return at;
    }

    private void ForgetCleared()
    {
        if (counters.ClearedLpis != _clearedBefore)
        {
            _clearedBefore = counters.ClearedLpis;
            Array.Clear(_samples);
        }
    }

    private readonly record struct Sample(uint Lpi, long At);
}
