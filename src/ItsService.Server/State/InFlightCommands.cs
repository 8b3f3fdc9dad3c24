using ItsService.Core;

namespace ItsService.Server.State;

/// <summary>Commands between GITS_CREADR and GITS_CWRITER of ITSs that are enabled.</summary>
internal static class InFlightCommands
{
    private const ulong CommandBytes = 32;

    /// <summary>How many there are, of all ITSs of a VM.</summary>
    public static int CountOf(VirtualGic gic)
    {
        var count = 0UL;
        for (var number = 0; number < gic.ItsCount; number++)
        {
            count += CountOf(gic.Inspection.Its(number));
        }

        return (int)count;
    }

    /// <summary>The first ITS whose queue is stalled with commands in it; null where there is none.</summary>
    public static int? FirstStalledIts(VirtualGic gic)
    {
        for (var number = 0; number < gic.ItsCount; number++)
        {
            if (gic.Inspection.Its(number) is { IsStalled: true } its && CountOf(its) > 0)
            {
                return number;
            }
        }

        return null;
    }

    // While GITS_CWRITER is outside the queue there is nothing to read.
    private static ulong CountOf(in ItsSummary its) =>
        its.IsEnabled && its.IsQueueValid && its.WriteOffset < its.QueueSizeBytes
            ? (its.WriteOffset + its.QueueSizeBytes - its.ReadOffset) % its.QueueSizeBytes / CommandBytes
            : 0;
}
