using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Commands;

/// <summary>How a command ended. In error or not resident, it has changed nothing.</summary>
/// <param name="Error">What was wrong with it.</param>
/// <param name="Missing">What must be fetched before it can be executed; the empty range when nothing.</param>
internal readonly record struct CommandResult(CommandError Error, GuestRange Missing = default)
{
    public static CommandResult Done => default;

    public bool IsNotResident => Missing.LengthBytes != 0;

    /// <summary>Whether guest memory was in the way.</summary>
    public bool IsMemoryError => Error is CommandError.UnreadableSlot or CommandError.TableMemory;

    public static implicit operator CommandResult(CommandError error) => new(error);

    public static CommandResult NotResident(GuestRange missing) => new(CommandError.None, missing);

    /// <summary>A memory outcome as a command's end; a fault becomes <paramref name="onFault"/>.</summary>
    public static CommandResult From(MemoryOutcome outcome, CommandError onFault) => outcome.Status switch
    {
        MemoryStatus.Ok => Done,
        MemoryStatus.NotResident => NotResident(outcome.Missing),
        _ => onFault,
    };
}
