using ItsService.Differential.Comparison;

namespace ItsService.Differential.KnownDifferences;

/// <summary>How the two controllers are made alike again where they are known to differ.</summary>
internal enum Remedy
{
    /// <summary>Nothing is left of it: a value was read, no more.</summary>
    None,

    /// <summary>
    /// QEMU is given the service's value: its register is written, or its table or pending bit in RAM.
    /// </summary>
    QemuTakesTheServicesValue,

    /// <summary>QEMU's GITS_CREADR is put back; it is stalled again if it was.</summary>
    QemuReadPointerIsPutBack,

    /// <summary>A SYNC takes the place of the command at which QEMU is stalled, and QEMU goes on.</summary>
    QemuPassesOver,

    /// <summary>The service's GITS_CWRITER is written with Retry.</summary>
    ServiceRetries,

    /// <summary>Both ITSs are disabled and GITS_CBASER is written again, which begins the queue anew.</summary>
    BothBeginTheQueueAnew,

    /// <summary>Guest RAM gets back what a step has overwritten.</summary>
    BothGetTheOldEntryBack,

    /// <summary>The service gets the two 4-byte stores that QEMU makes of an 8-byte one.</summary>
    ServiceGetsTwoWords,

    /// <summary>The service gets the 4-byte store to GITS_TRANSLATER that QEMU makes of an 8-byte one.</summary>
    ServiceGetsTheLowWord,

    /// <summary>The service's EnableLPIs is cleared and set again: it gives up what it cannot write back.</summary>
    ServiceForgetsPending,
}

/// <summary>
/// A row of the table of known differences: one register or one command under one condition.
/// </summary>
/// <param name="Subject">The register or command.</param>
/// <param name="Condition">When they differ.</param>
internal sealed record KnownDifference(string Subject, string Condition)
{
    /// <summary>What QEMU does.</summary>
    public required string Qemu { get; init; }

    /// <summary>What the service does.</summary>
    public required string Service { get; init; }

    /// <summary>Why that stays so.</summary>
    public required string Reason { get; init; }

    /// <summary>
    /// Whether QEMU departs from the architecture here, so that the service must not follow. Otherwise the architecture
    /// permits both.
    /// </summary>
    public bool IsNotFollowed { get; init; }

    /// <summary>For a register: the bits that may differ.</summary>
    public ulong Bits { get; init; } = ulong.MaxValue;

    /// <summary>Whether it is this difference.</summary>
    public required Func<Mismatch, StepContext, bool> Explains { get; init; }

    /// <summary>What is done about it.</summary>
    public Remedy Remedy { get; init; } = Remedy.QemuTakesTheServicesValue;

    /// <summary>What names it in reports.</summary>
    public string Name => $"{Subject}: {Condition}";
}
