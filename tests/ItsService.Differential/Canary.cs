using ItsService.Differential.Steps;

namespace ItsService.Differential;

/// <summary>
/// A mistake made on purpose, to see that it is found: the service gets a MOVI to another collection than QEMU does.
/// </summary>
internal static class Canary
{
    public static CommandSlot Convert(CommandSlot command) =>
        command.Opcode == Opcode.Movi ? command with { Dw2 = command.Dw2 ^ 1 } : command;
}
