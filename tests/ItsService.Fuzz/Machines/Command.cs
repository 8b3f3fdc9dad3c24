namespace ItsService.Fuzz.Machines;

/// <summary>A command as a driver writes it: four doublewords (commands section 3).</summary>
internal readonly record struct Command(ulong Word0, ulong Word1, ulong Word2, ulong Word3)
{
    private const ulong Valid = 1UL << 63;

    public ulong Word(int number) => number switch { 0 => Word0, 1 => Word1, 2 => Word2, _ => Word3 };

    public static Command Mapd(ulong device, int eventIdBits, ulong itt, bool isValid = true) =>
        new(0x08 | (device << 32), (ulong)(eventIdBits - 1) & 0x1F, (isValid ? Valid : 0) | itt, 0);

    public static Command Mapc(ulong collection, ulong target, bool isValid = true) =>
        new(0x09, 0, (isValid ? Valid : 0) | (target << 16) | collection, 0);

    public static Command Mapti(ulong device, ulong eventId, ulong lpi, ulong collection) =>
        new(0x0A | (device << 32), eventId | (lpi << 32), collection, 0);

    /// <summary>MAPI, MOVI, INT, CLEAR, INV or DISCARD: one event, and a collection where it has one.</summary>
    public static Command OfEvent(byte opcode, ulong device, ulong eventId, ulong collection = 0) =>
        new(opcode | (device << 32), eventId, collection, 0);

    public static Command Invall(ulong collection) => new(0x0D, 0, collection, 0);

    public static Command Movall(ulong from, ulong to) => new(0x0E, 0, from << 16, to << 16);

    public static Command Sync(ulong target) => new(0x05, 0, target << 16, 0);
}
