using Google.Protobuf;
using ItsService.Core.Commands;

namespace ItsService.Server.Diagnostics;

/// <summary>Which fields mean something in which command, and its bytes.</summary>
internal static class CommandFields
{
    public static bool HasDevice(CommandOpcode opcode) => opcode is CommandOpcode.Mapd || HasEvent(opcode);

    public static bool HasEvent(CommandOpcode opcode) => opcode is CommandOpcode.Mapti or CommandOpcode.Mapi
        or CommandOpcode.Movi or CommandOpcode.Discard or CommandOpcode.Inv or CommandOpcode.Int
        or CommandOpcode.Clear;

    public static bool HasCollection(CommandOpcode opcode) => opcode is CommandOpcode.Mapc or CommandOpcode.Mapti
        or CommandOpcode.Mapi or CommandOpcode.Movi or CommandOpcode.Invall;

    /// <summary>MAPTI's own field; the LPI of MAPI has the number of its event.</summary>
    public static bool HasLpi(CommandOpcode opcode) => opcode is CommandOpcode.Mapti or CommandOpcode.Mapi;

    /// <summary>The LPI that MAPTI or MAPI names.</summary>
    public static uint LpiOf(in CommandPacket command) =>
        command.Opcode == CommandOpcode.Mapi ? command.Event.Value : command.Lpi.Value;

    /// <summary>The 32 bytes of a command.</summary>
    public static ByteString Bytes(in CommandPacket command)
    {
        var slot = new byte[CommandPacket.SizeBytes];
        command.Encode(slot);
        return UnsafeByteOperations.UnsafeWrap(slot);
    }
}
