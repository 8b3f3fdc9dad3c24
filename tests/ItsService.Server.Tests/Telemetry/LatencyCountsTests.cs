using ItsService.Protocol.V1;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>The percentiles that a live view shows.</summary>
public class LatencyCountsTests
{
    [Fact]
    public void Percentiles_are_right_to_a_quarter()
    {
        var counts = new LatencyCounts();
        for (var nanoseconds = 1; nanoseconds <= 100_000; nanoseconds++)
        {
            counts.Add(nanoseconds / 1e9);
        }

        var summary = LatencyCounts.Between([], counts.Copy());

        Assert.Equal(100_000ul, summary.Count);
        Assert.InRange(summary.P50Ns, 50_000ul, 62_500ul);
        Assert.InRange(summary.P99Ns, 99_000ul, 123_750ul);
        Assert.InRange(summary.P999Ns, 99_900ul, 124_875ul);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-9)]
    [InlineData(50e-9)]
    [InlineData(0.001)]
    [InlineData(10)]
    [InlineData(1e9)]
    public void Any_time_has_its_place(double seconds)
    {
        var counts = new LatencyCounts();

        counts.Add(seconds);

        var shown = LatencyCounts.Between([], counts.Copy()).P50Ns;
        var nanoseconds = (ulong)(seconds * 1e9);
        Assert.InRange(shown, nanoseconds, nanoseconds + (nanoseconds / 4) + 1);
    }

    [Fact]
    public void Between_two_copies_only_what_came_in_between_counts()
    {
        var counts = new LatencyCounts();
        counts.Add(1);
        var before = counts.Copy();
        counts.Add(1e-6);

        var summary = LatencyCounts.Between(before, counts.Copy());

        Assert.Equal((1ul, true), (summary.Count, summary.P999Ns < 2000));
        Assert.Equal(new LatencySummary(), LatencyCounts.Between([], new LatencyCounts().Copy()));
    }
}
