using System.Numerics;

namespace ItsService.Server.Telemetry;

/// <summary>
/// How often something took how long: four steps for each doubling of nanoseconds. Added to by one at a time, which is
/// who is inside a VM's gate, and read by anybody.
/// </summary>
internal sealed class LatencyCounts
{
    private const int StepBits = 2;
    private const int StepsPerDoubling = 1 << StepBits;
    private const int PlaceCount = (64 - StepBits) * StepsPerDoubling;
    private const double NanosecondsPerSecond = 1e9;

    // Spent with the first.
    private long[] _counts = [];

    public void Add(double seconds)
    {
        if (_counts.Length == 0)
        {
            _counts = new long[PlaceCount];
        }

        _counts[PlaceOf((ulong)(seconds * NanosecondsPerSecond))]++;
    }

    /// <summary>As they are now; empty where there was none yet.</summary>
    public long[] Copy() => [.. _counts];

    /// <summary>What was added between two copies.</summary>
    public static V1.LatencySummary Between(long[] before, long[] after)
    {
        var added = new long[after.Length];
        for (var place = 0; place < added.Length; place++)
        {
            added[place] = after[place] - (before.Length == 0 ? 0 : before[place]);
        }

        var count = added.Sum();
        return new V1.LatencySummary
        {
            Count = (ulong)count,
            P50Ns = At(added, count, 0.5),
            P99Ns = At(added, count, 0.99),
            P999Ns = At(added, count, 0.999),
        };
    }

    /// <summary>The counts of several together; empty where none has any.</summary>
    public static long[] Sum(IEnumerable<long[]> several)
    {
        long[] sum = [];
        foreach (var counts in several.Where(counts => counts.Length > 0))
        {
            if (sum.Length == 0)
            {
                sum = new long[counts.Length];
            }

            for (var place = 0; place < sum.Length; place++)
            {
                sum[place] += counts[place];
            }
        }

        return sum;
    }

    private static ulong At(long[] counts, long count, double part)
    {
        if (count == 0)
        {
            return 0;
        }

        var left = (long)Math.Ceiling(part * count);
        for (var place = 0; place < counts.Length; place++)
        {
            left -= counts[place];
            if (left <= 0)
            {
                return UpperEndOf(place);
            }
        }

        return UpperEndOf(counts.Length - 1);
    }

    private static int PlaceOf(ulong value)
    {
        if (value < StepsPerDoubling)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2(value) - StepBits;
        return Math.Min(PlaceCount - 1, ((shift + 1) * StepsPerDoubling) + (int)((value >> shift) - StepsPerDoubling));
    }

    private static ulong UpperEndOf(int place)
    {
        var (doubling, step) = Math.DivRem(place, StepsPerDoubling);
        return doubling == 0 ? (ulong)step : ((ulong)(StepsPerDoubling + step + 1) << (doubling - 1)) - 1;
    }
}
