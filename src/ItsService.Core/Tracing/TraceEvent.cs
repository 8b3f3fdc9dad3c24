using System.Runtime.InteropServices;
using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Tracing;

/// <summary>
/// One thing that has happened in the controller. Fields that do not apply to the kind are zero.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TraceEvent
{
    /// <summary>Its place among all that have happened since the tap was made, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>What happened.</summary>
    public required TraceKind Kind { get; init; }

    /// <summary>The ITS's number.</summary>
    public int Its { get; init; }

    /// <summary>The vCPU; of a message see <see cref="HasVcpu"/>.</summary>
    public VcpuIndex Vcpu { get; init; }

    /// <summary>Whether a message found a redistributor.</summary>
    public bool HasVcpu { get; init; }

    /// <summary>The device.</summary>
    public DeviceId Device { get; init; }

    /// <summary>The event.</summary>
    public EventId Event { get; init; }

    /// <summary>The interrupt.</summary>
    public IntId IntId { get; init; }

    /// <summary>What became of a message, or of a direct LPI.</summary>
    public MsiOutcome Outcome { get; init; }

    /// <summary>The command as it stood in the queue; zeros when it could not be read.</summary>
    public CommandPacket Command { get; init; }

    /// <summary>What was wrong with the command; None when it was executed.</summary>
    public CommandError Error { get; init; }

    /// <summary>The command's place in the queue, in bytes.</summary>
    public uint QueueOffset { get; init; }

    /// <summary>Whether the queue stalled on the command.</summary>
    public bool IsStalled { get; init; }

    /// <summary>The priority of an interrupt that was taken; 0 is the highest.</summary>
    public byte Priority { get; init; }

    /// <summary>Whether an interrupt was taken, or ended, by the registers of Group 1.</summary>
    public bool IsGroup1 { get; init; }

    /// <summary>Whether the end of an interrupt left the active state, too.</summary>
    public bool IsDeactivated { get; init; }

    /// <summary>The line of the vCPU for Group 1.</summary>
    public bool IsIrqAsserted { get; init; }

    /// <summary>The line of the vCPU for Group 0.</summary>
    public bool IsFiqAsserted { get; init; }

    /// <summary>Where a device's line is now.</summary>
    public bool IsAsserted { get; init; }

    /// <summary>The register that changed.</summary>
    public TracedRegister Register { get; init; }

    /// <summary>
    /// What the register holds now, of what counts; the generation of a line; what was written to a doorbell.
    /// </summary>
    public ulong Value { get; init; }

    /// <summary>What the register held before.</summary>
    public uint ValueBefore { get; init; }

    /// <summary>What the host did, in its own words.</summary>
    public int HostMark { get; init; }

    /// <summary>Which mistake it was.</summary>
    public GicEventKind Mistake { get; init; }

    /// <summary>Of a write to a doorbell: a device made it, and not a CPU.</summary>
    public bool IsByDevice { get; init; }

    /// <summary>Of a write to a doorbell: where, in bytes from the ITS's base.</summary>
    public int Offset { get; init; }

    /// <summary>Of a write to a doorbell: how many bytes.</summary>
    public int SizeBytes { get; init; }

    /// <summary>Of a pending table: how many LPIs are lost.</summary>
    public int LpiCount { get; init; }

    /// <summary>The mistake as those who look after the guest know it.</summary>
    public GicEvent ToMistake() => new()
    {
        Kind = Mistake,
        Its = Its,
        Vcpu = Vcpu,
        Device = Device,
        IsByDevice = IsByDevice,
        Offset = Offset,
        SizeBytes = SizeBytes,
        Value = Value,
        Lpi = IntId,
        LpiCount = LpiCount,
    };
}
