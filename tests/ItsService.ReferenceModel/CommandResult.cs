namespace ItsService.ReferenceModel;

/// <summary>How a command ended: code 0 is success, the others are those of docs/command-errors.md.</summary>
internal readonly record struct CommandResult(uint Code, bool IsMemoryError)
{
    public static readonly CommandResult Done = new(0, false);

    public static readonly CommandResult SlotNotInRam = new(0xFF00_0002, true);

    public static readonly CommandResult UnknownOpcode = new(0xFF00_0001, false);

    public static readonly CommandResult MappingLimit = new(0xFF00_0004, false);

    public static readonly CommandResult MemoryFault = new(0xFF00_0003, true);

    public static CommandResult Error(uint code) => new(code, false);

    public static CommandResult MemoryError(uint code) => new(code, true);
}
