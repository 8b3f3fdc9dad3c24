using System.Diagnostics;

namespace ItsService.VmmPrototype.Running;

/// <summary>How often something was called, and how long it took.</summary>
public sealed class CallStatistics
{
    private readonly List<long> _ticks = [];
    private bool _isSorted;

    /// <summary>How often.</summary>
    public int Count => _ticks.Count;

    /// <summary>All calls together.</summary>
    public TimeSpan Total => ToTime(_ticks.Sum());

    /// <summary>The time within which that share of the calls was done; 1 is the longest.</summary>
    public TimeSpan Percentile(double share)
    {
        if (_ticks.Count == 0)
        {
            return TimeSpan.Zero;
        }

        if (!_isSorted)
        {
            _ticks.Sort();
            _isSorted = true;
        }

        return ToTime(_ticks[Math.Clamp((int)Math.Ceiling(share * _ticks.Count) - 1, 0, _ticks.Count - 1)]);
    }

    internal void AddSince(long started)
    {
        _ticks.Add(Stopwatch.GetTimestamp() - started);
        _isSorted = false;
    }

    private static TimeSpan ToTime(long ticks) => Stopwatch.GetElapsedTime(0, ticks);
}
