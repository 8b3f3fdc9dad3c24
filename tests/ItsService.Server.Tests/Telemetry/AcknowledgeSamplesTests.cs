using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>Which moments are kept of LPIs that became pending.</summary>
public class AcknowledgeSamplesTests
{
    private const long Second = 1000;
    private static readonly IntId Lpi = new(8192);

    // Of the same place.
    private static readonly IntId Other = new(8192 + 64);

    private readonly VirtualGic _gic = new(
        new VirtualGicConfiguration { Affinities = [default] }, new SparseGuestMemory([]));

    private readonly AcknowledgeSamples _samples;

    public AcknowledgeSamplesTests() => _samples = new AcknowledgeSamples(_gic.Counters);

    [Fact]
    public void Lpi_is_timed_once_from_when_it_became_pending_last()
    {
        Note(Lpi, 10);
        Note(Lpi, 20);

        Assert.Equal(20, _samples.Take(Lpi));
        Assert.Equal(0, _samples.Take(Lpi));
    }

    [Fact]
    public void Place_is_kept_for_a_minute_and_then_given_away()
    {
        Note(Lpi, 10);
        Note(Other, 60 * Second);
        Assert.Equal(0, _samples.Take(Other));

        Note(Other, 11 + (60 * Second));
        Assert.Equal(0, _samples.Take(Lpi));
        Assert.Equal(11 + (60 * Second), _samples.Take(Other));
    }

    private void Note(IntId lpi, long now) => _samples.Note(lpi, now, Second);
}
