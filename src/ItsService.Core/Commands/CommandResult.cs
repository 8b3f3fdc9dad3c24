using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>How a command ended. In error or not resident, it has changed nothing.</summary>
/// <param name="Error">What was wrong with it.</param>
internal readonly record struct CommandResult(CommandError Error)
{
    public static CommandResult Done => default;

    /// <summary>Whether a table in guest memory was in the way, whatever code the architecture has for that.</summary>
    public bool IsMemoryError { get; private init; }

    /// <summary>Whether guest memory must be fetched before it can be executed.</summary>
    public bool IsNotResident { get; private init; }

    /// <summary>What must be fetched, when not resident.</summary>
    public GuestRange Missing { get; private init; }

    public static implicit operator CommandResult(CommandError error) => new(error);

    public static CommandResult NotResident(GuestRange missing) =>
        new(CommandError.None) { IsNotResident = true, Missing = missing };

    public static CommandResult MemoryError(CommandError error) => new(error) { IsMemoryError = true };

    /// <summary>A memory outcome as a command's end.</summary>
    public static CommandResult From(MemoryOutcome outcome) => outcome.Status switch
    {
        MemoryStatus.Ok => Done,
        MemoryStatus.NotResident => NotResident(outcome.Missing),
        _ => MemoryError(CommandError.TableMemory),
    };

    /// <summary>Why a table has no place for a number, as a command's end.</summary>
    public static CommandResult From(TableSlot slot, CommandError outOfRange) => slot.Status switch
    {
        TableSlotStatus.Found => Done,
        TableSlotStatus.NotResident => NotResident(slot.Missing),
        TableSlotStatus.Level1NotInRam or TableSlotStatus.NotInRam => MemoryError(outOfRange),
        _ => outOfRange,
    };
}
