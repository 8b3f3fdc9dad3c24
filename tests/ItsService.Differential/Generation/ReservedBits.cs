using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>The bits of a command that have no meaning in it.</summary>
internal static class ReservedBits
{
    private const ulong Low32 = uint.MaxValue;
    private const ulong High32 = ~Low32;
    private const ulong RdBase = 0xF_FFFF_FFFF_0000;
    private const ulong Valid = 1UL << 63;
    private const ulong OpcodeOnly = 0xFF;
    private const ulong OpcodeAndDevice = OpcodeOnly | High32;

    /// <summary>Sets about every fourth of them.</summary>
    public static CommandSlot Sprinkle(CommandSlot command, Prng random)
    {
        var meaning = Meaning(command.Opcode);
        return new CommandSlot(
            command.Dw0 | (~meaning.Dw0 & random.NextBits() & random.NextBits()),
            command.Dw1 | (~meaning.Dw1 & random.NextBits() & random.NextBits()),
            command.Dw2 | (~meaning.Dw2 & random.NextBits() & random.NextBits()),
            command.Dw3 | (~meaning.Dw3 & random.NextBits() & random.NextBits()));
    }

    private static CommandSlot Meaning(int opcode) => opcode switch
    {
        Opcode.Mapd => new(OpcodeAndDevice, 0x1F, Valid | 0xF_FFFF_FFFF_FF00, 0),
        Opcode.Mapc => new(OpcodeOnly, 0, Valid | RdBase | 0xFFFF, 0),
        Opcode.Mapti => new(OpcodeAndDevice, ulong.MaxValue, 0xFFFF, 0),
        Opcode.Mapi or Opcode.Movi => new(OpcodeAndDevice, Low32, 0xFFFF, 0),
        Opcode.Invall => new(OpcodeOnly, 0, 0xFFFF, 0),
        Opcode.Movall => new(OpcodeOnly, 0, RdBase, RdBase),
        Opcode.Sync => new(OpcodeOnly, 0, RdBase, 0),
        _ => new(OpcodeAndDevice, Low32, 0, 0),
    };
}
