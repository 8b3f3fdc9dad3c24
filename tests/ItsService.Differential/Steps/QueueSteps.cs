namespace ItsService.Differential.Steps;

/// <summary>
/// Everything that waits for an invalidation gets one: by INV for each event of an LPI whose configuration was changed,
/// or by INVALL for each collection.
/// </summary>
internal sealed record InvalidateStep(bool ByInvall) : Step
{
    public override IEnumerable<string> Describe() =>
        [$"invalidate what was configured, by {(ByInvall ? "INVALL" : "INV")}"];
}

/// <summary>How a guest goes on after a stall.</summary>
internal enum Resumption
{
    /// <summary>GITS_CWRITER is written with Retry.</summary>
    Retry,

    /// <summary>GITS_CWRITER is written without Retry.</summary>
    PlainWrite,

    /// <summary>Not at all: only the slot is repaired.</summary>
    None,
}

/// <summary>The command at which the queue is stalled, if it is, is replaced by a SYNC.</summary>
internal sealed record RepairStep(Resumption Resumption) : Step
{
    public override IEnumerable<string> Describe() =>
    [
        Resumption == Resumption.None
            ? "if stalled: a SYNC in the slot"
            : $"if stalled: a SYNC in the slot, GITS_CWRITER written ({Resumption})",
    ];
}
