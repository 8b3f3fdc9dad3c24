namespace ItsService.ReferenceModel;

/// <summary>A command that was run, and how it ended.</summary>
/// <param name="QueueOffset">Its place in the queue, in bytes.</param>
/// <param name="Opcode">Its opcode; 0 when the slot could not be read.</param>
/// <param name="Code">0, or the code of docs/command-errors.md.</param>
/// <param name="Stalled">Whether the queue stopped at it.</param>
/// <param name="Message">What became of the message of an INT.</param>
public readonly record struct ReferenceCommand(
    uint QueueOffset, byte Opcode, uint Code, bool Stalled, ReferenceMessage? Message);
