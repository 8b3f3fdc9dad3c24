namespace ItsService.SaveLoad.Running;

/// <summary>What a run has come to.</summary>
internal sealed class RunFigures(RunPlan plan)
{
    public RunPlan Plan => plan;

    public TimeSpan Elapsed { get; set; }

    public int SaveCount { get; set; }

    /// <summary>Of them, those that left the VM Paused.</summary>
    public int PausedSaveCount { get; set; }

    /// <summary>Not among the saves: they were refused because commands were in flight.</summary>
    public int RefusedCount { get; set; }

    /// <summary>Saves with commands in flight in them.</summary>
    public int CarryingSaveCount { get; set; }

    /// <summary>Commands in flight in all saves.</summary>
    public long CarriedCommandCount { get; set; }

    /// <summary>LPIs that are pending in all saves.</summary>
    public long SavedPendingCount { get; set; }

    public int RestoreCount { get; set; }

    /// <summary>Interrupts that were acknowledged in restored VMs, when their commands in flight had ended.</summary>
    public long RestoredAcknowledgedCount { get; set; }

    public int TakeOverCount { get; set; }

    public long PendedCount { get; set; }

    public long CoalescedCount { get; set; }

    public long AcknowledgedCount { get; set; }

    public long CommandCount { get; set; }

    public long IntCount { get; set; }

    public long IntCoalescedCount { get; set; }

    public long ClearedCount { get; set; }

    public long SentCount => PendedCount + CoalescedCount;

    /// <summary>What does not add up; null where all does.</summary>
    public string? Mismatch { get; set; }
}
