using ItsService.Core;

namespace ItsService.Server.Telemetry;

/// <summary>
/// Since when each command queue of a VM has been stalled. Noted inside the gate, at the end of entries, so that a
/// guest which retries the command in error at once does not begin anew; read by anybody.
/// </summary>
internal sealed class StallTimes(VirtualGic gic, TimeProvider time)
{
    // 0 for a queue that goes on.
    private readonly long[] _since = new long[gic.ItsCount];

    /// <summary>Whether a queue was stalled when this was last looked at.</summary>
    public bool AreAny { get; private set; }

    /// <summary>How long the queue has been stalled that was so for longest; 0 where none is.</summary>
    public double SecondsOfLongest
    {
        get
        {
            var oldest = 0L;
            for (var its = 0; its < _since.Length; its++)
            {
                var since = Volatile.Read(ref _since[its]);
                oldest = since != 0 && (oldest == 0 || since < oldest) ? since : oldest;
            }

            return oldest == 0 ? 0 : time.GetElapsedTime(oldest).TotalSeconds;
        }
    }

    /// <summary>Looks at the queues of a VM that was given a state: what was before is of another VM.</summary>
    public void NoteRestored()
    {
        Array.Clear(_since);
        Note();
    }

    /// <summary>Looks at the queues.</summary>
    public void Note()
    {
        AreAny = false;
        for (var its = 0; its < _since.Length; its++)
        {
            var isStalled = gic.Inspection.Its(its).IsStalled;
            AreAny |= isStalled;
            Volatile.Write(ref _since[its], !isStalled ? 0 : _since[its] != 0 ? _since[its] : time.GetTimestamp() | 1);
        }
    }
}
