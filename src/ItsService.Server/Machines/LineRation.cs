namespace ItsService.Server.Machines;

/// <summary>
/// The lines that others may fill a log with, as fast as they like: a few at once, then one a second. One caller at a
/// time.
/// </summary>
internal sealed class LineRation(TimeProvider time)
{
    private const int LinesAtOnceMax = 10;
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(1);

    private int _lines = LinesAtOnceMax;
    private long _since = time.GetTimestamp();

    /// <summary>Takes one; false when it is to be left out.</summary>
    public bool TryTake()
    {
        var now = time.GetTimestamp();
        var earned = (long)(time.GetElapsedTime(_since, now) / LineInterval);
        if (earned > 0)
        {
            _since = now;
            _lines = (int)Math.Min(LinesAtOnceMax, _lines + earned);
        }

        if (_lines == 0)
        {
            return false;
        }

        _lines--;
        return true;
    }
}
