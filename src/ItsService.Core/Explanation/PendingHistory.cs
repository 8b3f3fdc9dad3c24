namespace ItsService.Core.Explanation;

/// <summary>
/// Whether an interrupt is pending or was: an LPI since an event maps it, another one since the last reset.
/// </summary>
public enum PendingHistory
{
    /// <summary>It never was.</summary>
    Never,

    /// <summary>It is.</summary>
    Pending,

    /// <summary>It was, and a vCPU has acknowledged it.</summary>
    Acknowledged,

    /// <summary>It was, and stopped being so without a vCPU: by a command or a register, or its line fell.</summary>
    TakenAway,

    /// <summary>It is not, and whether it was is not known: the state was restored since, and does not tell.</summary>
    Unknown,
}
