using ItsService.Server.Machines;

namespace ItsService.Server.Inspection;

/// <summary>How many dumps of tables there are at a time.</summary>
internal sealed class DumpTurns(ItsServerLimits limits)
    : CallTurns(limits.DumpsMax, "the service is sending as many dumps of tables as it may");
