using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>How many saves and restores there are at a time.</summary>
internal sealed class StateTurns(ItsServerLimits limits)
    : CallTurns(limits.StateTransfersMax, "the service is saving and restoring as many states as it may");
