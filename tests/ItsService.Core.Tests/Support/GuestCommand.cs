namespace ItsService.Core.Tests.Support;

/// <summary>
/// A command as a driver writes it: four doublewords, put together from the encoding tables (commands section 3) and
/// with nothing of Core, so that a mistake there does not cancel out here. RDbase is a processor number.
/// </summary>
public readonly record struct GuestCommand(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3)
{
    public const int SizeBytes = 32;

    private const ulong ValidBit = 1UL << 63;

    public static GuestCommand Mapd(uint device, int eventIdBits, ulong itt) =>
        new(WithDevice(0x08, device), (ulong)(eventIdBits - 1), ValidBit | itt, 0);

    public static GuestCommand MapdUnmap(uint device) => new(WithDevice(0x08, device), 0, 0, 0);

    public static GuestCommand Mapc(uint collection, uint processor) =>
        new(0x09, 0, ValidBit | RdBase(processor) | collection, 0);

    public static GuestCommand MapcUnmap(uint collection) => new(0x09, 0, collection, 0);

    public static GuestCommand Mapti(uint device, uint eventId, uint lpi, uint collection) =>
        new(WithDevice(0x0A, device), ((ulong)lpi << 32) | eventId, collection, 0);

    public static GuestCommand Mapi(uint device, uint eventId, uint collection) =>
        new(WithDevice(0x0B, device), eventId, collection, 0);

    public static GuestCommand Movi(uint device, uint eventId, uint collection) =>
        new(WithDevice(0x01, device), eventId, collection, 0);

    public static GuestCommand Discard(uint device, uint eventId) => new(WithDevice(0x0F, device), eventId, 0, 0);

    public static GuestCommand Inv(uint device, uint eventId) => new(WithDevice(0x0C, device), eventId, 0, 0);

#pragma warning disable CA1720 // INT is the architecture's name.
    public static GuestCommand Int(uint device, uint eventId) => new(WithDevice(0x03, device), eventId, 0, 0);
#pragma warning restore CA1720

    public static GuestCommand Clear(uint device, uint eventId) => new(WithDevice(0x04, device), eventId, 0, 0);

    public static GuestCommand Invall(uint collection) => new(0x0D, 0, collection, 0);

    public static GuestCommand Movall(uint from, uint to) => new(0x0E, 0, RdBase(from), RdBase(to));

    public static GuestCommand Sync(uint processor) => new(0x05, 0, RdBase(processor), 0);

    public static GuestCommand Opcode(byte opcode) => new(opcode, 0, 0, 0);

    private static ulong WithDevice(ulong opcode, uint device) => ((ulong)device << 32) | opcode;

    private static ulong RdBase(uint processor) => (ulong)processor << 16;
}
