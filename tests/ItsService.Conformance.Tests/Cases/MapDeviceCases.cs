using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class MapDeviceCases
{
    private const int SizeBits = 8;

    public static CaseSection Section { get; } = new("Commands: MAPD",
    [
        A(76, "A device, a collection and an event are mapped, then a message comes", "delivered")
            .Passes(guest =>
            {
                guest.RunClean(
                    GuestCommand.Mapd(0, 16, Places.Itt(0)),
                    GuestCommand.Mapc(0, 0),
                    GuestCommand.Mapti(0, 0, 8192, 0));
                Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
                guest.AssertDelivered(8192, 0);
            }),
        A(77, "MAPD of device 8191, the last in the table", "accepted")
            .Passes(guest => guest.Map(8191, 0, 8192)),
        U(78, "MAPD, then MAPTI, of device 8192, the first beyond the table", "0x010801, then an error")
            .Chooses("MAPTI is in error with 0x010A01, device out of range.", guest =>
            {
                guest.RunInError(CommandError.MapdDeviceOutOfRange, GuestCommand.Mapd(8192, 16, Places.Itt(0)));
                guest.RunInError(CommandError.MaptiDeviceOutOfRange, GuestCommand.Mapti(8192, 0, 8192, 0));
            }),
        U(79, "MAPD of device 0x10000, for which the table has a slot but Devbits has no bit", "0x010801")
            .FromDisabledIts()
            .Chooses("Out of range by GITS_TYPER.Devbits.", guest =>
            {
                EnableWithNineDevicePages(guest);
                guest.RunInError(CommandError.MapdDeviceOutOfRange, GuestCommand.Mapd(0x1_0000, 16, Places.Itt(0)));
                guest.RunClean(GuestCommand.Mapd(0xFFFF, 16, Places.Itt(0)));
            }),
        K(80, "MAPD V=0 of device 0x10000", "an error, too")
            .FromDisabledIts()
            .Passes(guest =>
            {
                EnableWithNineDevicePages(guest);
                guest.RunInError(CommandError.MapdDeviceOutOfRange, GuestCommand.MapdUnmap(0x1_0000));
            }),
        U(81, "MAPD with 17 EventID bits", "0x010802")
            .Chooses("Out of range by GITS_TYPER.ID_bits, the device is not mapped.", guest =>
            {
                guest.RunInError(CommandError.MapdIttSizeOutOfRange, GuestCommand.Mapd(0, 17, Places.Itt(0)));
                Assert.Equal(0, guest.Gic.Inspection.Its(0).DeviceCount);
            }),
        K(82, "MAPD V=0 with Size 31", "accepted")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                guest.RunClean(GuestCommand.MapdUnmap(0) with { Dw1 = 31 });
                Assert.Equal(0, guest.Gic.Inspection.Its(0).DeviceCount);
            }),
        A(83, "MAPD V=0 of a device that is not mapped", "no error")
            .Passes(guest => guest.RunClean(GuestCommand.MapdUnmap(5))),
        A(84, "A device is unmapped, then its message comes", "not delivered; KVM answers 0")
            .Passes(
                guest =>
                {
                    guest.Map(0, 0, 8192);
                    guest.RunClean(GuestCommand.MapdUnmap(0));
                    Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                ApiCases.MessageAfterDeviceIsUnmapped),
        A(85, "A device is unmapped and mapped, its events are not, then a message comes", "not delivered")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                guest.RunClean(GuestCommand.MapdUnmap(0), GuestCommand.Mapd(0, 16, Places.Itt(0)));
                Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
                guest.AssertNothingDelivered();
            }),
        U(86, "A mapped device is mapped again with the same table as it is, then a message comes", "not delivered")
            .Chooses("MAPD V=1 forgets the device's events and reads no table, as KVM.", guest =>
            {
                guest.Map(0, 0, 8192);
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)));
                Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
                guest.AssertNothingDelivered();
            }),
        U(87, "A device is unmapped while its LPI is pending and masked; unmasked, another message comes",
            "the LPI comes at most once")
            .Chooses("What is pending stays with the redistributor and is delivered once.", guest =>
            {
                guest.Map(0, 0, 8192);
                guest.Cpu(0).MaskAll();
                guest.Signal(0, 0);
                guest.RunClean(GuestCommand.MapdUnmap(0));
                guest.Cpu(0).Unmask();
                Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
                guest.AssertDelivered(8192, 0);
            }),
        K(88, "A device that was saved is unmapped", "its entry in the table is zero")
            .Passes(guest =>
            {
                guest.Map(3, 0, 8192);
                guest.Map(4, 0, 8193);
                guest.SaveTables();
                guest.Resume();
                Assert.Equal(TableEntry.Device(Places.Itt(3), next: 1), guest.GetDevice(3));
                guest.RunClean(GuestCommand.MapdUnmap(3));
                Assert.Equal((0u, TableEntry.Device(Places.Itt(4))), (guest.GetDevice(3), guest.GetDevice(4)));
            }),
        A(89, "MAPD with one EventID bit", "events 0 and 1 can be mapped, 2 cannot")
            .Passes(guest =>
            {
                guest.RunClean(
                    GuestCommand.Mapd(0, 1, Places.Itt(0)),
                    GuestCommand.Mapc(0, 0),
                    GuestCommand.Mapti(0, 0, 8192, 0),
                    GuestCommand.Mapti(0, 1, 8193, 0));
                guest.RunInError(CommandError.MaptiIdOutOfRange, GuestCommand.Mapti(0, 2, 8194, 0));
            }),
        K(90, "MAPD with a table outside RAM, then MAPTI", "MAPD is accepted, MAPTI gives 0x010A05")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.OutsideRam), GuestCommand.Mapc(0, 0));
                guest.RunInError(CommandError.MaptiIdOutOfRange, GuestCommand.Mapti(0, 0, 8192, 0));
            }),
        A(91, "Two devices whose tables touch: the last event of one, the first of the other", "each has its own LPI")
            .Passes(guest =>
            {
                var entryBytes = ((guest.Gits().Read64(GitsOffset.Typer) >> 4) & 0xF) + 1;
                guest.RunClean(
                    GuestCommand.Mapd(0, SizeBits, Places.Itt(0)),
                    GuestCommand.Mapd(1, SizeBits, Places.Itt(0) + (entryBytes << SizeBits)),
                    GuestCommand.Mapc(0, 0),
                    GuestCommand.Mapc(1, 1),
                    GuestCommand.Mapti(0, (1 << SizeBits) - 1, 8192, 0),
                    GuestCommand.Mapti(1, 0, 8193, 1));
                guest.Signal(0, (1 << SizeBits) - 1);
                guest.AssertDelivered(8192, 0);
                guest.Signal(1, 0);
                guest.AssertDelivered(8193, 1);
            }),
    ]);

    private static void EnableWithNineDevicePages(Guest guest)
    {
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K | 8);
        guest.Enable();
    }
}
