using ItsService.Server.Machines;

namespace ItsService.Server.Inspection.Activity;

/// <summary>How many watch what VMs do at a time.</summary>
internal sealed class ActivityTurns(ItsServerLimits limits)
    : CallTurns(limits.ActivityWatchesMax, "as many watch what VMs do as may");
