using ItsService.Core.Commands;
using ItsService.Server.Diagnostics;

namespace ItsService.Server.Inspection.Explanation;

/// <summary>What a command that was executed does, in one sentence for a person.</summary>
internal static class ExecutedCommandSentence
{
    /// <summary>As in "MAPTI maps event 3 of device 0x10 to LPI 8192 in collection 0".</summary>
    public static string Of(in CommandPacket command) => command.Opcode switch
    {
        CommandOpcode.Mapd when command.Valid =>
            $"MAPD maps {Device(command)}: ITT at 0x{command.IttAddress.Value:X}, {command.Size + 1} EventID bits",
        CommandOpcode.Mapd => $"MAPD unmaps {Device(command)}",
        CommandOpcode.Mapc when command.Valid =>
            $"MAPC maps collection {command.Collection.Value} to RDbase 0x{command.RdBase:X}",
        CommandOpcode.Mapc => $"MAPC unmaps collection {command.Collection.Value}",
        CommandOpcode.Mapti or CommandOpcode.Mapi =>
            $"{CommandNames.Of(command.Opcode)} maps {Event(command)} to LPI {CommandFields.LpiOf(command)} "
            + $"in collection {command.Collection.Value}",
        CommandOpcode.Movi => $"MOVI moves {Event(command)} to collection {command.Collection.Value}",
        CommandOpcode.Discard => $"DISCARD unmaps {Event(command)}",
        CommandOpcode.Inv => $"INV has the configuration of {Event(command)} read again",
        CommandOpcode.Invall => $"INVALL has the configurations of collection {command.Collection.Value} read again",
        CommandOpcode.Int => $"INT sends {Event(command)}",
        CommandOpcode.Clear => $"CLEAR takes the pending state of {Event(command)} away",
        CommandOpcode.Movall =>
            $"MOVALL moves what is pending at RDbase 0x{command.RdBase:X} to RDbase 0x{command.SecondRdBase:X}",
        _ => CommandNames.Of(command.Opcode),
    };

    private static string Device(in CommandPacket command) => $"device 0x{command.Device.Value:X}";

    private static string Event(in CommandPacket command) => $"event {command.Event.Value} of {Device(command)}";
}
