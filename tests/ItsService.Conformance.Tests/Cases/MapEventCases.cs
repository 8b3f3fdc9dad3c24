using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class MapEventCases
{
    private const int EventIdBits = 5;
    private const uint EventCount = 1 << EventIdBits;

    public static CaseSection Section { get; } = new("Commands: MAPTI and MAPI",
    [
        U(103, "MAPTI of a device that is not mapped", "0x010A04")
            .Chooses("Device unmapped.", guest =>
                guest.RunInError(CommandError.MaptiUnmappedDevice, GuestCommand.Mapti(0, 0, 8192, 0))),
        U(104, "MAPTI of the first event beyond the device's table", "0x010A05")
            .From(WithDevice)
            .Chooses("Event out of range.", guest =>
                guest.RunInError(CommandError.MaptiIdOutOfRange, GuestCommand.Mapti(0, EventCount, 8192, 0))),
        A(105, "MAPTI of the last event of the device's table, then its message", "delivered")
            .From(WithDevice)
            .Passes(guest => AssertMapsAndDelivers(guest, EventCount - 1, 8192)),
        U(106, "MAPTI of INTID 8191", "0x010A06")
            .From(WithDevice)
            .Chooses("INTID out of range.", guest => AssertNoLpi(guest, 8191)),
        U(107, "MAPTI of INTID 0, 31 and 1023", "an error")
            .From(WithDevice)
            .Chooses("INTID out of range, 0x010A06.", guest =>
            {
                AssertNoLpi(guest, 0);
                AssertNoLpi(guest, 31);
                AssertNoLpi(guest, 1023);
            }),
        A(108, "MAPTI of INTID 8192 and 65535 with 16 INTID bits", "both are delivered")
            .From(WithDevice)
            .Passes(guest =>
            {
                AssertMapsAndDelivers(guest, 0, 8192);
                AssertMapsAndDelivers(guest, 1, 65535);
            }),
        U(109, "MAPTI of INTID 65536", "0x010A06")
            .From(WithDevice)
            .Chooses("INTID out of range.", guest => AssertNoLpi(guest, 65536)),
        A(110, "With 14 INTID bits in PROPBASER, MAPTI of INTID 16383 and 16384", "only the first is delivered")
            .From(WithDevice)
            .Passes(guest =>
            {
                guest.SetIntIdBits(14);
                AssertMapsAndDelivers(guest, 0, 16383);
                guest.AssertLpiIsBeyondTheTable(1, 16384);
            }),
        A(111, "MAPTI with a collection that is not mapped, then a message", "mapped, not delivered; KVM answers 0")
            .From(WithDevice)
            .Passes(
                guest =>
                {
                    guest.RunClean(GuestCommand.Mapti(0, 0, 8192, 9));
                    Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                ApiCases.MessageOfAnUnmappedCollection),
        A(112, "The collection of such an event is mapped, then a message comes", "delivered")
            .From(WithDevice)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapti(0, 0, 8192, 9), GuestCommand.Mapc(9, 1));
                guest.Signal(0, 0);
                guest.AssertDelivered(8192, 1);
            }),
        U(113, "MAPTI with ICID 8192, the first beyond the table", "an error, no mapping")
            .From(WithDevice)
            .Chooses("Collection out of range, 0x010A03.", guest =>
                guest.RunInError(CommandError.MaptiCollectionOutOfRange, GuestCommand.Mapti(0, 0, 8192, 8192))),
        U(114, "MAPTI of a mapped event with another INTID", "the old or the new one")
            .From(WithDevice)
            .Chooses("The new INTID takes the place of the old one, as in QEMU.", guest =>
            {
                AssertMapsAndDelivers(guest, 0, 8192);
                AssertMapsAndDelivers(guest, 0, 8193);
            }),
        A(115, "MAPI of event 8200", "its message gives LPI 8200")
            .Passes(guest =>
            {
                guest.RunClean(
                    GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapi(0, 8200, 0));
                guest.Signal(0, 8200);
                guest.AssertDelivered(8200, 0);
            }),
        U(116, "MAPI of event 100", "an error")
            .Chooses("INTID out of range, 0x010B06.", guest =>
            {
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
                guest.RunInError(CommandError.MapiPhysicalIdOutOfRange, GuestCommand.Mapi(0, 100, 0));
            }),
        K(117, "An LPI's bit is set in the pending table before EnableLPIs; MAPTI follows",
            "delivered at MAPTI, the bit in RAM is cleared")
            .From(WithPendingBit)
            .IsNotFollowed(
                "The pending table is read at EnableLPIs 0→1, for every LPI, and at no other time; while LPIs are"
                + " enabled it is the redistributor's.",
                "Pending from EnableLPIs on, delivered once; memory keeps its bit.",
                guest =>
                {
                    Assert.Equal([8192u], guest.PendingAt(0));
                    guest.Map(0, 0, 8192);
                    guest.AssertDelivered(8192, 0);
                    Assert.Equal(1, guest.ReadByte(Places.PendingByte(0, 8192)));
                }),
        U(118, "Two events are mapped to one LPI; a message of each, the first ended before the second",
            "two deliveries")
            .From(WithDevice)
            .Chooses("Both events share the LPI's one pending state.", guest =>
            {
                guest.RunClean(GuestCommand.Mapti(0, 0, 8192, 0), GuestCommand.Mapti(0, 1, 8192, 0));
                guest.Signal(0, 0);
                guest.AssertDelivered(8192, 0);
                guest.Signal(0, 1);
                guest.AssertDelivered(8192, 0);
                guest.Signal(0, 0);
                Assert.Equal(MsiOutcome.Coalesced, guest.Signal(0, 1));
                guest.AssertDelivered(8192, 0);
            }),
        A(119, "MAPTI of an LPI whose configuration byte is disabled, then a message", "pending, not delivered")
            .From(WithDevice)
            .Passes(guest =>
            {
                guest.Configure(8192, Guest.DisabledAtA0);
                guest.RunClean(GuestCommand.Mapti(0, 0, 8192, 0));
                Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
                guest.AssertNothingDelivered();
                Assert.Equal([8192u], guest.PendingAt(0));
            }),
    ]);

    private static Guest WithDevice(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.RunClean(GuestCommand.Mapd(0, EventIdBits, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        return guest;
    }

    private static Guest WithPendingBit(GicProfile profile)
    {
        var guest = new Guest(new GuestOptions { Profile = profile });
        guest.SetPendingBit(0, 8192);
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Enable();
        return guest;
    }

    private static void AssertMapsAndDelivers(Guest guest, uint eventId, uint lpi)
    {
        guest.RunClean(GuestCommand.Mapti(0, eventId, lpi, 0));
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, eventId));
        guest.AssertDelivered(lpi, 0);
    }

    private static void AssertNoLpi(Guest guest, uint intId) =>
        guest.RunInError(CommandError.MaptiPhysicalIdOutOfRange, GuestCommand.Mapti(0, 0, intId, 0));
}
