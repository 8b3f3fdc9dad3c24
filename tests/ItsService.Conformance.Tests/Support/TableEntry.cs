using ItsService.Core.Tests.Support;

namespace ItsService.Conformance.Tests.Support;

/// <summary>
/// Entries of tables in guest memory, ABI revision 0, put together from the documented layout and with nothing of Core.
/// </summary>
internal static class TableEntry
{
    public const uint NoTarget = uint.MaxValue;
    public const int SizeBytes = 8;

    /// <summary>What stands where nothing is to be written.</summary>
    public const ulong Poison = 0x5A5A_5A5A_5A5A_5A5A;

    public static ulong Device(ulong itt, int eventIdBits = 16, uint next = 0) =>
        Guest.Valid | ((ulong)next << 49) | (itt >> 8 << 5) | (uint)(eventIdBits - 1);

    public static ulong Collection(uint collection, uint vcpu) => Guest.Valid | ((ulong)vcpu << 16) | collection;

    public static ulong Event(uint lpi, uint collection, uint next = 0) =>
        ((ulong)next << 48) | ((ulong)lpi << 16) | collection;

    public static uint NextOfDevice(ulong entry) => (uint)(entry >> 49) & 0x3FFF;

    public static void SetDevice(this Guest guest, uint device, ulong entry) =>
        guest.Write64(Places.DeviceTable() + (SizeBytes * device), entry);

    public static ulong GetDevice(this Guest guest, uint device) =>
        guest.Read64(Places.DeviceTable() + (SizeBytes * device));

    /// <summary>Collections stand one behind the other, whatever their numbers.</summary>
    public static void SetCollections(this Guest guest, params ReadOnlySpan<ulong> entries)
    {
        for (var slot = 0; slot < entries.Length; slot++)
        {
            guest.Write64(Places.CollectionTable() + (SizeBytes * (ulong)slot), entries[slot]);
        }
    }

    public static ulong GetCollection(this Guest guest, uint slot) =>
        guest.Read64(Places.CollectionTable() + (SizeBytes * slot));

    public static void SetEvent(this Guest guest, uint device, uint eventId, ulong entry) =>
        guest.Write64(Places.Itt(device) + (SizeBytes * eventId), entry);

    public static ulong GetEvent(this Guest guest, uint device, uint eventId) =>
        guest.Read64(Places.Itt(device) + (SizeBytes * eventId));
}
