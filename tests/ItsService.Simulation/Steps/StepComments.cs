using ItsService.Core;
using ItsService.Core.Commands;
using ItsService.Core.Registers;

namespace ItsService.Simulation.Steps;

/// <summary>What a line of a script says to people: the name of a register, what a command is.</summary>
internal static class StepComments
{
    /// <summary>The register at an offset, if there is one.</summary>
    public static string Register(FrameKind frame, int offset)
    {
        var map = frame switch
        {
            FrameKind.Gicd => GicdMap.Map,
            FrameKind.Gicr => GicrMap.Map,
            _ => GitsMap.Map,
        };
        foreach (var row in map.Rows)
        {
            var byteInArray = offset - row.Offset;
            if (byteInArray >= 0 && byteInArray < row.Count * row.WidthBytes)
            {
                var place = byteInArray % row.WidthBytes;
                return $"  # {row.NameOf(byteInArray / row.WidthBytes)}" + (place == 0 ? "" : $"+{place}");
            }
        }

        return "";
    }

    /// <summary>What the commands are, and of what.</summary>
    public static string Commands(IEnumerable<Slot> slots) => "  # " + string.Join("; ", slots.Select(Command));

    private static string Command(Slot slot)
    {
        var packet = new CommandPacket(slot.Dw0, slot.Dw1, slot.Dw2, slot.Dw3);
        var device = $"0x{packet.Device.Value:X}";
        var mapped = $"{device} event 0x{packet.Event.Value:X}";
        return packet.Opcode switch
        {
            CommandOpcode.Mapd => packet.Valid
                ? $"MAPD {device} {packet.Size + 1} bits at 0x{packet.IttAddress.Value:X}"
                : $"MAPD {device} V=0",
            CommandOpcode.Mapc => packet.Valid
                ? $"MAPC {packet.Collection.Value} to 0x{packet.RdBase:X}"
                : $"MAPC {packet.Collection.Value} V=0",
            CommandOpcode.Mapti => $"MAPTI {mapped} to {packet.Lpi.Value} in {packet.Collection.Value}",
            CommandOpcode.Mapi => $"MAPI {mapped} in {packet.Collection.Value}",
            CommandOpcode.Movi => $"MOVI {mapped} to {packet.Collection.Value}",
            CommandOpcode.Movall => $"MOVALL 0x{packet.RdBase:X} to 0x{packet.SecondRdBase:X}",
            CommandOpcode.Invall => $"INVALL {packet.Collection.Value}",
            CommandOpcode.Sync => "SYNC",
            CommandOpcode.Int or CommandOpcode.Clear or CommandOpcode.Discard or CommandOpcode.Inv =>
                $"{packet.Opcode.ToString().ToUpperInvariant()} {mapped}",
            _ => $"opcode 0x{(byte)packet.Opcode:X2}",
        };
    }
}
