using ItsService.Core.Commands;

namespace ItsService.Server.Diagnostics;

/// <summary>The names of commands and of what is wrong with them, as people and the architecture write them.</summary>
internal static class CommandNames
{
    /// <summary>"MAPTI"; "0x21" for what is no command.</summary>
    public static string Of(CommandOpcode opcode) =>
        opcode != CommandOpcode.None && Enum.IsDefined(opcode)
            ? opcode.ToString().ToUpperInvariant()
            : $"0x{(uint)opcode:X2}";

    /// <summary>"INT_UNMAPPED_INTERRUPT"; empty for None.</summary>
    public static string Of(CommandError error) => error switch
    {
        CommandError.None => "",
        CommandError.UnknownOpcode => "UNKNOWN_OPCODE",
        CommandError.UnreadableSlot => "UNREADABLE_SLOT",
        CommandError.TableMemory => "TABLE_MEMORY",
        CommandError.MappingLimit => "MAPPING_LIMIT",
        CommandError.MapcProcessorOutOfRange => "MAPC_PROCNUM_OOR",
        CommandError.MovallProcessorOutOfRange => "MOVALL_PROCNUM_OOR",
        _ => $"{Of(CommandOf(error))}_{Condition(error)}",
    };

    // The codes of one condition differ between commands in their middle byte alone.
    private static string Condition(CommandError error) => ((uint)error & 0xFF) switch
    {
        0x01 => "DEVICE_OOR",
        0x02 => "ITTSIZE_OOR",
        0x03 => "COLLECTION_OOR",
        0x04 => "UNMAPPED_DEVICE",
        0x05 => "ID_OOR",
        0x06 => "PHYSICALID_OOR",
        0x07 => "UNMAPPED_INTERRUPT",
        0x09 => "UNMAPPED_COLLECTION",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "no name for this error"),
    };

    // CLEAR's codes carry 05 although its opcode is 04.
    private static CommandOpcode CommandOf(CommandError error)
    {
        var code = ((uint)error >> 8) & 0xFF;
        return code == (uint)CommandOpcode.Sync ? CommandOpcode.Clear : (CommandOpcode)code;
    }
}
