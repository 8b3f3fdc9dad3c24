using System.Buffers.Binary;

namespace ItsService.SaveLoad.Guests;

/// <summary>The opcodes that the guest uses.</summary>
internal enum Opcode
{
    Movi = 0x01,
    Int = 0x03,
    Clear = 0x04,
    Sync = 0x05,
    Mapd = 0x08,
    Mapc = 0x09,
    Mapti = 0x0A,
    Inv = 0x0C,
    Invall = 0x0D,
    Movall = 0x0E,
    Discard = 0x0F,
}

/// <summary>A slot of a command queue, and the accounted event that it is about.</summary>
/// <param name="Opcode">The opcode.</param>
/// <param name="Event">The number of the event in the account; -1 where it is about none.</param>
/// <param name="Dw0">The first doubleword.</param>
/// <param name="Dw1">The second.</param>
/// <param name="Dw2">The third.</param>
/// <param name="Dw3">The fourth.</param>
internal readonly record struct GuestCommand(Opcode Opcode, int Event, ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    public const int SizeBytes = 32;

    private const int NoEvent = -1;
    private const ulong Valid = 1UL << 63;

    public static GuestCommand Mapd(uint device, ulong translationTable) =>
        new(Opcode.Mapd, NoEvent, First(Opcode.Mapd, device), GuestLayout.EventIdBits - 1, Valid | translationTable, 0);

    /// <summary>With GITS_TYPER.PTA = 0: the target is a Processor_Number.</summary>
    public static GuestCommand Mapc(uint collection, int vcpu) =>
        new(Opcode.Mapc, NoEvent, First(Opcode.Mapc), 0, Valid | RdBase(vcpu) | collection, 0);

    public static GuestCommand Mapti(AccountedEvent about, uint collection) =>
        Of(Opcode.Mapti, about) with { Dw1 = ((ulong)about.Lpi << 32) | about.EventId, Dw2 = collection };

    public static GuestCommand Movi(AccountedEvent about, uint collection) =>
        Of(Opcode.Movi, about) with { Dw2 = collection };

    public static GuestCommand Int(AccountedEvent about) => Of(Opcode.Int, about);

    public static GuestCommand Clear(AccountedEvent about) => Of(Opcode.Clear, about);

    public static GuestCommand Inv(AccountedEvent about) => Of(Opcode.Inv, about);

    public static GuestCommand Discard(AccountedEvent about) => Of(Opcode.Discard, about);

    public static GuestCommand Invall(uint collection) =>
        new(Opcode.Invall, NoEvent, First(Opcode.Invall), 0, collection, 0);

    public static GuestCommand Movall(int from, int to) =>
        new(Opcode.Movall, NoEvent, First(Opcode.Movall), 0, RdBase(from), RdBase(to));

    public static GuestCommand Sync(int vcpu) => new(Opcode.Sync, NoEvent, First(Opcode.Sync), 0, RdBase(vcpu), 0);

    /// <summary>The slots of several commands, as a guest stores them.</summary>
    public static byte[] ToSlots(IReadOnlyList<GuestCommand> commands)
    {
        var slots = new byte[commands.Count * SizeBytes];
        for (var index = 0; index < commands.Count; index++)
        {
            commands[index].Write(slots.AsSpan(index * SizeBytes, SizeBytes));
        }

        return slots;
    }

    private static GuestCommand Of(Opcode opcode, AccountedEvent about) =>
        new(opcode, about.Index, First(opcode, about.DeviceId), about.EventId, 0, 0);

    private static ulong First(Opcode opcode, uint device = 0) => ((ulong)device << 32) | (uint)opcode;

    private static ulong RdBase(int vcpu) => (ulong)vcpu << 16;

    private void Write(Span<byte> slot)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Dw0);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], Dw1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], Dw2);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], Dw3);
    }
}
