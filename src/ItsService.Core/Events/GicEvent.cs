using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Events;

/// <summary>
/// Something that a person who looks after the guest wants to know and the guest is not told. Fields that do not apply
/// to the kind are zero.
/// </summary>
public readonly record struct GicEvent
{
    /// <summary>What happened.</summary>
    public required GicEventKind Kind { get; init; }

    /// <summary>The ITS's number.</summary>
    public int Its { get; init; }

    /// <summary>The redistributor's vCPU.</summary>
    public VcpuIndex Vcpu { get; init; }

    /// <summary>The command's opcode; of a dropped message, INT when that command sent it.</summary>
    public CommandOpcode Opcode { get; init; }

    /// <summary>What was wrong with the command.</summary>
    public CommandError Error { get; init; }

    /// <summary>The command as it stood in the queue; zeros when it could not be read.</summary>
    public CommandPacket Command { get; init; }

    /// <summary>The command's place in the queue, in bytes.</summary>
    public uint QueueOffset { get; init; }

    /// <summary>Why the message, or the direct LPI, was dropped.</summary>
    public MsiOutcome Outcome { get; init; }

    /// <summary>The device; of a write to a doorbell see <see cref="IsByDevice"/>.</summary>
    public DeviceId Device { get; init; }

    /// <summary>Of a write to a doorbell: a device made it, and not a CPU.</summary>
    public bool IsByDevice { get; init; }

    /// <summary>Of a write to a doorbell: where, in bytes from the ITS's base.</summary>
    public int Offset { get; init; }

    /// <summary>Of a write to a doorbell: how many bytes.</summary>
    public int SizeBytes { get; init; }

    /// <summary>Of a write to a doorbell: what was written.</summary>
    public ulong Value { get; init; }

    /// <summary>The event.</summary>
    public EventId Event { get; init; }

    /// <summary>The LPI.</summary>
    public IntId Lpi { get; init; }

    /// <summary>
    /// Of a pending table that could not be written, or was too full: how many LPIs were pending and are lost.
    /// </summary>
    public int LpiCount { get; init; }
}
