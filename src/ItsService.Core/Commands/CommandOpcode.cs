namespace ItsService.Core.Commands;

/// <summary>The opcodes of the physical commands (commands section 2).</summary>
public enum CommandOpcode
{
#pragma warning disable CS1591 // Each command has a file of its own.
    None = 0x00,
    Movi = 0x01,
#pragma warning disable CA1720 // INT is the architecture's name.
    Int = 0x03,
#pragma warning restore CA1720
    Clear = 0x04,
    Sync = 0x05,
    Mapd = 0x08,
    Mapc = 0x09,
    Mapti = 0x0A,
    Mapi = 0x0B,
    Inv = 0x0C,
    Invall = 0x0D,
    Movall = 0x0E,
    Discard = 0x0F,
#pragma warning restore CS1591
}
