namespace ItsService.Core.Diagnostics;

/// <summary>
/// How much a controller holds, and has to do. Each number was true a moment ago, not all at one time.
/// </summary>
/// <param name="MappedDeviceCount">The devices mapped in all ITSs.</param>
/// <param name="MappedEventCount">The events mapped in all ITSs.</param>
/// <param name="PendingLpiCount">The LPIs pending at all redistributors.</param>
/// <param name="WaitingCommandCount">The commands that lie in valid queues and have not been read.</param>
/// <param name="StalledQueueCount">The queues that are stalled on a command in error.</param>
public readonly record struct GicActivity(
    long MappedDeviceCount,
    long MappedEventCount,
    long PendingLpiCount,
    long WaitingCommandCount,
    int StalledQueueCount)
{
    internal static GicActivity Of(GicParts parts)
    {
        var (waiting, stalled) = (0L, 0);
        foreach (var service in parts.Services)
        {
            var queue = service.Queue;
            waiting += queue.Base.Valid ? queue.UsedSlots : 0;
            stalled += queue.IsStalled ? 1 : 0;
        }

        var pending = 0L;
        foreach (var redistributor in parts.Redistributors)
        {
            pending += redistributor.Lpis.Count;
        }

        return new GicActivity(
            parts.MappedDeviceCount, parts.MappedEventCount, pending, waiting, stalled);
    }
}
