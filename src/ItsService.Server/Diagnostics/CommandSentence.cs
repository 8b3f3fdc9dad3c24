using ItsService.Core.Commands;

namespace ItsService.Server.Diagnostics;

/// <summary>What is wrong with a command, in one sentence for a person.</summary>
internal static class CommandSentence
{
    private const uint ConditionMask = 0xFF;

    /// <summary>As in "INT names event 9 of device 0x10, which no MAPTI has mapped".</summary>
    public static string Of(in CommandPacket command, CommandError error) => error switch
    {
        CommandError.UnreadableSlot => "the 32 bytes of the command are not in guest RAM",
        CommandError.UnknownOpcode => $"0x{(uint)command.Opcode:X2} is the opcode of no command that this ITS has",
        CommandError.TableMemory =>
            $"{Name(command)} needs a table that is not in guest RAM, or that may not be written there",
        CommandError.MappingLimit => $"{Name(command)} would map more devices or events than one VM may",
        CommandError.MapcProcessorOutOfRange => $"MAPC names RDbase 0x{command.RdBase:X}, which is no redistributor's",
        CommandError.MovallProcessorOutOfRange =>
            $"MOVALL names RDbase1 0x{command.RdBase:X} and RDbase2 0x{command.SecondRdBase:X}, "
            + "of which at least one is no redistributor's",
        CommandError.InvallUnmappedCollection =>
            $"INVALL names collection {command.Collection.Value}, which no MAPC has mapped",
        CommandError.MoviUnmappedCollection =>
            $"MOVI names {Event(command)} and collection {command.Collection.Value}: "
            + "no MAPC has mapped that one, or the one that the event belongs to",
        _ => OfCondition(command, (uint)error & ConditionMask),
    };

    // The conditions that several commands share (commands section 5).
    private static string OfCondition(in CommandPacket command, uint condition) => condition switch
    {
        0x01 => $"{Name(command)} names {Device(command)}, which is beyond GITS_TYPER.Devbits or the device table, "
            + "or whose level-1 entry leads nowhere",
        0x02 => $"MAPD gives {Device(command)} {command.Size + 1} EventID bits, more than GITS_TYPER.ID_bits allows",
        0x03 => $"{Name(command)} names collection {command.Collection.Value}, which is beyond what the ITS and its "
            + "collection table hold",
        0x04 => $"{Name(command)} names {Device(command)}, which no MAPD has mapped",
        0x05 => $"{Name(command)} names {Event(command)}, which is beyond the size that MAPD gave or has no place in "
            + "guest RAM",
        0x06 => $"{Name(command)} names INTID {CommandFields.LpiOf(command)}, which is no LPI or has no place in the "
            + "configuration tables",
        0x07 => $"{Name(command)} names {Event(command)}, which no MAPTI has mapped",
        0x09 => $"{Name(command)} names {Event(command)}, whose collection no MAPC has mapped",
        _ => $"{Name(command)} is in error",
    };

    private static string Name(in CommandPacket command) => CommandNames.Of(command.Opcode);

    private static string Device(in CommandPacket command) => $"device 0x{command.Device.Value:X}";

    private static string Event(in CommandPacket command) => $"event {command.Event.Value} of {Device(command)}";
}
