using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Guests;

/// <summary>One slot of a command queue: four doublewords, as the architecture lays a physical command out.</summary>
internal readonly record struct ItsCommand(ulong Dw0, ulong Dw1, ulong Dw2, ulong Dw3 = 0)
{
    public const ulong SizeBytes = 32;

    private const ulong Valid = 1UL << 63;

    public IEnumerable<ulong> Doublewords => [Dw0, Dw1, Dw2, Dw3];

    /// <summary>As it is handed to the service, raw.</summary>
    public SubmittedCommand Raw => new() { Raw = GuestMap.Doublewords(Doublewords) };

    public static ItsCommand MapDevice(uint device, int eventIdBits, ulong translationTable) =>
        new(((ulong)device << 32) | 0x08, (ulong)(eventIdBits - 1), Valid | translationTable);

    public static ItsCommand UnmapDevice(uint device) => new(((ulong)device << 32) | 0x08, 0, 0);

    /// <summary>With GITS_TYPER.PTA = 0: the target is a Processor_Number.</summary>
    public static ItsCommand MapCollection(uint collection, uint vcpu) =>
        new(0x09, 0, Valid | ((ulong)vcpu << 16) | collection);

    public static ItsCommand UnmapCollection(uint collection) => new(0x09, 0, collection);

    public static ItsCommand MapEvent(uint device, uint eventId, uint lpi, uint collection) =>
        new(((ulong)device << 32) | 0x0A, ((ulong)lpi << 32) | eventId, collection);

    public static ItsCommand Discard(uint device, uint eventId) => new(((ulong)device << 32) | 0x0F, eventId, 0);

    public static ItsCommand Interrupt(uint device, uint eventId) => new(((ulong)device << 32) | 0x03, eventId, 0);

    public static ItsCommand Clear(uint device, uint eventId) => new(((ulong)device << 32) | 0x04, eventId, 0);

    public static ItsCommand Invalidate(uint device, uint eventId) => new(((ulong)device << 32) | 0x0C, eventId, 0);

    public static ItsCommand MoveAll(uint from, uint to) => new(0x0E, 0, (ulong)from << 16, (ulong)to << 16);

    public static ItsCommand InvalidateAll(uint collection) => new(0x0D, 0, collection);

    public static ItsCommand Sync(uint vcpu) => new(0x05, 0, (ulong)vcpu << 16);
}
