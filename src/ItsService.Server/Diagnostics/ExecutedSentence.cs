using ItsService.Core.Commands;

namespace ItsService.Server.Diagnostics;

/// <summary>What a command that was executed did, in one sentence for a person.</summary>
internal static class ExecutedSentence
{
    /// <summary>As in "MAPTI maps event 9 of device 0x10 to LPI 8192 in collection 0".</summary>
    public static string Of(in CommandPacket command) => command.Opcode switch
    {
        CommandOpcode.Mapd when command.Valid =>
            $"MAPD maps {Device(command)} with {command.Size + 1} EventID bits and its ITT at "
            + $"0x{command.IttAddress.Value:X}",
        CommandOpcode.Mapd => $"MAPD unmaps {Device(command)}",
        CommandOpcode.Mapc when command.Valid => $"MAPC maps {Collection(command)} to RDbase 0x{command.RdBase:X}",
        CommandOpcode.Mapc => $"MAPC unmaps {Collection(command)}",
        CommandOpcode.Mapti or CommandOpcode.Mapi =>
            $"{CommandNames.Of(command.Opcode)} maps {Event(command)} to LPI {CommandFields.LpiOf(command)} in "
            + Collection(command),
        CommandOpcode.Movi => $"MOVI moves {Event(command)} to {Collection(command)}",
        CommandOpcode.Movall =>
            $"MOVALL moves what is pending at RDbase 0x{command.RdBase:X} to RDbase 0x{command.SecondRdBase:X}",
        CommandOpcode.Discard => $"DISCARD unmaps {Event(command)} and takes its pending state away",
        CommandOpcode.Inv => $"INV has the configuration of {Event(command)} read anew",
        CommandOpcode.Invall => $"INVALL has the configurations of {Collection(command)} read anew",
        CommandOpcode.Int => $"INT sends the message of {Event(command)}",
        CommandOpcode.Clear => $"CLEAR takes the pending state of {Event(command)} away",
        CommandOpcode.Sync => $"SYNC waits for what was done for RDbase 0x{command.RdBase:X}",
        _ => CommandNames.Of(command.Opcode),
    };

    private static string Device(in CommandPacket command) => $"device 0x{command.Device.Value:X}";

    private static string Event(in CommandPacket command) => $"event {command.Event.Value} of {Device(command)}";

    private static string Collection(in CommandPacket command) => $"collection {command.Collection.Value}";
}
