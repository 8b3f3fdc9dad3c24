using ItsService.Server.Wire;

namespace ItsService.Server.Accesses;

/// <summary>How far the accesses of a batch are, between two entries into the gate.</summary>
/// <param name="plan">The accesses.</param>
/// <param name="arrivedAt">When they had been read; 0 where nobody measures, or there is nothing to measure.</param>
/// <param name="limits">What clients may ask for.</param>
internal sealed class BatchProgress(BatchPlan plan, long arrivedAt, ItsServerLimits limits)
{
    /// <summary>When they had been read; 0 where nobody measures.</summary>
    public long ArrivedAt => arrivedAt;

    /// <summary>When they first came into their VM; 0 where nobody measures.</summary>
    public long EnteredAt { get; set; }

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
