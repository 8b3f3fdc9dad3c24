using System.Numerics;

namespace ItsService.Cli.Stress;

/// <summary>
/// How often something took how long: 64 steps for each doubling, so that a percentile is wrong by 1.6 % at most. Any
/// thread may add.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 6;
    private const int StepsPerDoubling = 1 << StepBits;

    private readonly long[] _counts = new long[(64 - StepBits + 1) * StepsPerDoubling];
    private long _count;
    private long _max;

    /// <summary>How many were added.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The longest, in nanoseconds.</summary>
    public long Max => Interlocked.Read(ref _max);

    public void Add(long nanoseconds, long times = 1)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        Interlocked.Add(ref _counts[PlaceOf((ulong)nanoseconds)], times);
        Interlocked.Add(ref _count, times);
        for (var max = Max; nanoseconds > max; max = Max)
        {
            Interlocked.CompareExchange(ref _max, nanoseconds, max);
        }
    }

    /// <summary>What so great a part of them has not exceeded, in nanoseconds; 0 for none.</summary>
    public long At(double part)
    {
        var wanted = (long)Math.Ceiling(part * Count);
        var seen = 0L;
        for (var place = 0; place < _counts.Length; place++)
        {
            seen += Interlocked.Read(ref _counts[place]);
            if (seen >= wanted && seen > 0)
            {
                return Math.Min(UpperEndOf(place), Max);
            }
        }

        return Max;
    }

    private static int PlaceOf(ulong value)
    {
        if (value < StepsPerDoubling)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2(value) - StepBits;
        return ((shift + 1) * StepsPerDoubling) + (int)((value >> shift) - StepsPerDoubling);
    }

    private static long UpperEndOf(int place)
    {
        var (doubling, step) = Math.DivRem(place, StepsPerDoubling);
        return doubling == 0 ? step : ((StepsPerDoubling + step + 1L) << (doubling - 1)) - 1;
    }
}
