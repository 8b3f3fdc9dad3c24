using ItsService.Core;

namespace ItsService.Server.State;

/// <summary>
/// Commands between GITS_CREADR and GITS_CWRITER of ITSs that are enabled, by what is staged in a Paused VM.
/// </summary>
internal static class InFlightCommands
{
    /// <summary>How many there are, of all ITSs of a VM.</summary>
    public static int CountOf(VirtualGic gic)
    {
        var count = 0;
        for (var number = 0; number < gic.ItsCount; number++)
        {
            count += gic.Userspace.WaitingCommands(number);
        }

        return count;
    }

    /// <summary>The first ITS whose queue is stalled with commands in it; null where there is none.</summary>
    public static int? FirstStalledIts(VirtualGic gic)
    {
        for (var number = 0; number < gic.ItsCount; number++)
        {
            if (gic.Inspection.Its(number) is { IsStalled: true } && gic.Userspace.WaitingCommands(number) > 0)
            {
                return number;
            }
        }

        return null;
    }
}
