using ItsService.Server.Machines;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// Logs what is wrong with checkpoints and their directory. Any client can have them looked at as often as it likes, so
/// lines are rationed, and the next one tells how many were left out.
/// </summary>
internal sealed class CheckpointTroubles(ILogger<CheckpointTroubles> logger, TimeProvider time)
{
    private readonly LineRation _lines = new(time);
    private readonly Lock _lock = new();
    private long _leftOut;

    /// <summary>A file is not as it was written.</summary>
    public void Damaged(CheckpointName name, string damage)
    {
        if (TryTakeLine())
        {
            CheckpointsLog.Damaged(logger, name.ToString(), damage);
        }
    }

    /// <summary>The directory cannot be used.</summary>
    public void Unusable(string problem)
    {
        if (TryTakeLine())
        {
            CheckpointsLog.Unusable(logger, problem);
        }
    }

    private bool TryTakeLine()
    {
        lock (_lock)
        {
            if (!_lines.TryTake())
            {
                _leftOut++;
                return false;
            }

            if (_leftOut > 0)
            {
                CheckpointsLog.LeftOut(logger, _leftOut);
                _leftOut = 0;
            }

            return true;
        }
    }
}
