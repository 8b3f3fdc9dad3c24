using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.Running;

/// <summary>What became of a guest, and what it cost.</summary>
public sealed record BootReport
{
    /// <summary>Why it ended.</summary>
    public required MachineEnd End { get; init; }

    /// <summary>It was stopped because its time was up.</summary>
    public required bool HasTimedOut { get; init; }

    /// <summary>Its kernel has given up.</summary>
    public required bool HasPanicked { get; init; }

    /// <summary>Blocks that it did not read as it wrote them; null when it said nothing about that.</summary>
    public required int? BadBlocks { get; init; }

    /// <summary>Warnings in its log that have to do with interrupts; null when it said nothing about that.</summary>
    public required int? KernelComplaints { get; init; }

    /// <summary>By the host's clock.</summary>
    public required TimeSpan WallTime { get; init; }

    /// <summary>As the guest has seen it.</summary>
    public required TimeSpan GuestTime { get; init; }

    /// <summary>Blocks of instructions by vCPU.</summary>
    public required IReadOnlyList<ulong> BlocksExecuted { get; init; }

    /// <summary>Calls of the interrupt controller by their kind.</summary>
    public required IReadOnlyDictionary<string, CallStatistics> Calls { get; init; }

    /// <summary>Messages by what became of them.</summary>
    public required IReadOnlyDictionary<MsiOutcome, int> Messages { get; init; }

    /// <summary>Interrupts acknowledged by vCPU.</summary>
    public required IReadOnlyList<AcknowledgedInterrupts> Acknowledged { get; init; }

    /// <summary>Where the interrupt controller moved while the guest ran.</summary>
    public required IReadOnlyList<GuestMove> Moves { get; init; }

    /// <summary>Reads, writes and flushes of the disk.</summary>
    public required (long Reads, long Writes, long Flushes) Disk { get; init; }

    /// <summary>Nothing that the guest or this machine has checked was wrong.</summary>
    public bool IsGood =>
        !HasTimedOut && !HasPanicked && End == MachineEnd.PoweredOff && BadBlocks.GetValueOrDefault() == 0
        && KernelComplaints.GetValueOrDefault() == 0;
}
