using ItsService.Core;
using ItsService.Simulation.Memory;

namespace ItsService.Simulation.Steps;

/// <summary>
/// One thing that is done to both models. Every kind is a record of plain values, with a line of text that
/// <see cref="StepText"/> prints and parses.
/// </summary>
internal abstract record SimulationStep;

/// <summary>A guest's load from a register.</summary>
internal sealed record ReadStep(FrameKind Frame, int Index, int Offset, int SizeBytes) : SimulationStep;

/// <summary>A guest's store to a register, or with a requester a device's.</summary>
internal sealed record WriteStep(
    FrameKind Frame, int Index, int Offset, int SizeBytes, ulong Value, uint? Requester = null) : SimulationStep;

/// <summary>A vCPU's read of an ICC register.</summary>
internal sealed record SystemReadStep(int Vcpu, int Encoding) : SimulationStep;

/// <summary>A vCPU's write of an ICC register.</summary>
internal sealed record SystemWriteStep(int Vcpu, int Encoding, ulong Value) : SimulationStep;

/// <summary>
/// What a handler does: an acknowledge of a group, and the end of what it found; with a deactivation behind it.
/// </summary>
internal sealed record TakeStep(int Vcpu, int Group, bool Deactivates) : SimulationStep;

/// <summary>
/// A device moves its line to an SPI, or to a PPI of a vCPU, and wants to be told of the end or not.
/// </summary>
internal sealed record LineStep(uint IntId, int? Vcpu, bool IsHigh, bool NotifiesEnd) : SimulationStep;

/// <summary>A message to an ITS, as a VMM signals it.</summary>
internal sealed record MessageStep(int Its, uint DeviceId, uint EventId) : SimulationStep;

/// <summary>
/// What a driver does: commands into the queue from CWRITER on, as many as there is room for, then CWRITER moved past
/// them in one write.
/// </summary>
internal sealed record SubmitStep(int Its, bool Retry, IReadOnlyList<Slot> Slots) : SimulationStep;

/// <summary>Commands that the host puts into the queue in the guest's place: all of them or none.</summary>
internal sealed record PlaceStep(int Its, IReadOnlyList<Slot> Slots) : SimulationStep;

/// <summary>A command into the slot at CREADR, where a queue stalls, and Retry.</summary>
internal sealed record RepairStep(int Its, Slot Slot) : SimulationStep;

/// <summary>The guest writes its memory.</summary>
internal sealed record MemoryStep(ulong Address, IReadOnlyList<byte> Bytes) : SimulationStep;

/// <summary>The guest fills its memory with one byte.</summary>
internal sealed record FillStep(ulong Address, int Length, byte Value) : SimulationStep;

/// <summary>A stretch of memory fails from now on.</summary>
internal sealed record FaultStep(FaultKind Kind, ulong Address, ulong Length) : SimulationStep;

/// <summary>All memory works again.</summary>
internal sealed record HealStep : SimulationStep;

/// <summary>
/// Core's host loses all guest memory, and must fetch it by granules of so many bytes; 0 brings everything back.
/// </summary>
internal sealed record EvictStep(int GranuleBytes) : SimulationStep;

/// <summary>The host lets so many waiting commands run.</summary>
internal sealed record RunStep(int Budget) : SimulationStep;

/// <summary>The controller is paused.</summary>
internal sealed record PauseStep : SimulationStep;

/// <summary>It goes on.</summary>
internal sealed record ResumeStep : SimulationStep;

/// <summary>It is reset; memory is not.</summary>
internal sealed record ResetStep : SimulationStep;

/// <summary>
/// Core is saved, put into its first state, and given its own back. To the reference nothing happens.
/// </summary>
internal sealed record RestoreStep : SimulationStep;
