using OpenTelemetry.Metrics;

namespace ItsService.Server.Telemetry.Scraping;

/// <summary>
/// An exponential histogram read as one with fixed buckets. Their bounds are powers of two, which are bounds of every
/// exponential histogram that is fine enough to have them: so nothing is guessed, and counts are exact.
/// </summary>
internal static class ExponentialBuckets
{
    // 2^-25 s is 30 ns and 2^4 s is 16 s; 2^10 bytes are 1 KiB and 2^34 are 16 GiB.
    private static readonly (int First, int Last) SecondsRange = (-25, 4);
    private static readonly (int First, int Last) BytesRange = (10, 34);

    /// <summary>
    /// The upper bounds, and how many measurements are at most as large; without that for all of them.
    /// </summary>
    public static List<(double Bound, long Count)> Cumulative(ExponentialHistogramData histogram, string unit)
    {
        var (first, last) = unit == Instruments.Bytes ? BytesRange : SecondsRange;
        var buckets = new List<(double Bound, long Count)>(last - first + 1);
        var exponent = first;
        var count = histogram.ZeroCount;
        var index = histogram.PositiveBuckets.Offset;
        foreach (var inBucket in histogram.PositiveBuckets)
        {
            // The bucket of index i ends at 2^((i + 1) / 2^scale).
            var end = (index + 1) * Math.Pow(2, -histogram.Scale);
            for (; exponent <= last && exponent < end; exponent++)
            {
                buckets.Add((Math.Pow(2, exponent), count));
            }

            count += inBucket;
            index++;
        }

        for (; exponent <= last; exponent++)
        {
            buckets.Add((Math.Pow(2, exponent), count));
        }

        return buckets;
    }
}
