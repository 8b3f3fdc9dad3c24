using ItsService.Server.Telemetry;
using ItsService.Server.Wire;

namespace ItsService.Server.Accesses;

/// <summary>How far the accesses of a batch are, between two entries into the gate.</summary>
internal sealed class BatchProgress(BatchPlan plan, VmTelemetry telemetry, ItsServerLimits limits)
{
    /// <summary>When it had been read; 0 where nobody measures, or there is nothing to measure.</summary>
    public long ArrivedAt { get; } = plan.MaySignal ? telemetry.BeginInjection() : 0;

    /// <summary>How many accesses have been made.</summary>
    public int MadeCount { get; set; }

    /// <summary>What its writes may cost before other calls come in after one that does much.</summary>
    public int CommandBudget { get; set; } = limits.BatchCommandsMax;

    /// <summary>Whether the time has been taken that its first message of a device took; of others it is not.</summary>
    public bool HasMeasured { get; set; }

    /// <summary>The last of its writes to remote memory, of the entries before this one.</summary>
    public ulong LastWrite { get; set; }

    /// <summary>What became of those that were made.</summary>
    public BatchAnswer Answer { get; } = new(plan.Accesses.Length);
}
