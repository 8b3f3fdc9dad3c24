using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class TwoLevelTableCases
{
    public const ulong FirstPage = Places.Scratch;
    public const ulong SecondPage = Places.Scratch + PageBytes;

    private const ulong PageBytes = 0x1_0000;
    private const ulong Poison = ulong.MaxValue;
    private const ulong HighItt = Places.HighRam + 0x8_0000;

    public static CaseSection Section { get; } = new("Two-level device table and addresses of 52 bits",
    [
        A(165, "Two-level: MAPD of devices 0 and 8191, then the tables are saved", "both in the first level-2 page")
            .From(WithFirstPage)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapd(8191, 16, Places.Itt(1)));
                AssertSaved(
                    guest,
                    (FirstPage, TableEntry.Device(Places.Itt(0), next: 8191)),
                    (FirstPage + 0xFFF8, TableEntry.Device(Places.Itt(1))));
                AssertUnmapZeroesOnly(guest, 0, FirstPage);
                AssertUnmapZeroesOnly(guest, 8191, FirstPage + 0xFFF8);
            }),
        U(166, "Two-level: MAPD of device 8192, whose level-1 entry is not valid", "0x010801")
            .From(WithFirstPage)
            .Chooses("Device out of range.", guest =>
                guest.RunInError(CommandError.MapdDeviceOutOfRange, GuestCommand.Mapd(8192, 16, Places.Itt(0)))),
        A(167, "That entry is made valid, the same MAPD again", "accepted")
            .From(WithFirstPage)
            .Passes(guest =>
            {
                guest.RunInError(CommandError.MapdDeviceOutOfRange, GuestCommand.Mapd(8192, 16, Places.Itt(0)));
                SetLevel1(guest, 1, SecondPage);
                guest.Map(8192, 0, 8192);
            }),
        U(168, "Two-level: MAPD of device 0x10000, which level 1 has room for", "0x010801, nothing read beyond")
            .From(WithFirstPage)
            .Chooses("Out of range by GITS_TYPER.Devbits, no memory is read but the command.", guest =>
            {
                SetLevel1(guest, 8, SecondPage);
                guest.Queue(0, GuestCommand.Mapd(0x1_0000, 16, Places.Itt(0)));
                guest.Accesses.StartRecording();
                guest.Gits().Write64(GitsOffset.Cwriter, 0x20);
                var access = Assert.Single(guest.Accesses.StopRecording());
                Assert.Equal((Places.Queue(), 32u, false),
                    (access.Range.Start.Value, access.Range.LengthBytes, access.IsWrite));
                Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
            }),
        U(169, "Two-level: MAPD through a level-1 entry that points outside RAM", "an error")
            .From(WithFirstPage)
            .Chooses("Device out of range; a memory error, so that the `qemu` profile stalls.", guest =>
            {
                SetLevel1(guest, 1, Places.OutsideRam);
                guest.Publish(0, GuestCommand.Mapd(8192, 16, Places.Itt(0)));
                Assert.Equal([CommandError.MapdDeviceOutOfRange], guest.TakeErrors());
                Assert.Equal(guest.IsKvm() ? 0x20u : 1u, guest.Creadr());
                Assert.Equal(0, guest.Gic.Inspection.Its(0).DeviceCount);
            }),
        K(170, "Two-level: devices 0, 8191 and 8192 are saved and restored", "next is 8191, 1 and 0; all are back")
            .From(WithBothPages)
            .Passes(guest =>
            {
                guest.AssertDevicesDeliver(0, 8191, 8192);
                AssertSaved(
                    guest,
                    (FirstPage, TableEntry.Device(Places.Itt(0), next: 8191)),
                    (FirstPage + 0xFFF8, TableEntry.Device(Places.Itt(1), next: 1)),
                    (SecondPage, TableEntry.Device(Places.Itt(2))));
                var saved = guest.Save();
                guest.ResetIts();
                guest.AssertNothingMapped();
                guest.RestoreIts(saved, Vmm.DocumentedOrder);
                guest.Resume();
                AssertDelivers(guest, (0, 8192), (8191, 8193), (8192, 8194));
            }),
        Q(171, "4 KiB pages: MAPD of devices 511 and 512, then the tables are saved",
            "the last slot of the first level-2 page, the first of the second")
            .From(profile => WithLevel1(profile, pageSize: 0))
            .Passes(guest =>
            {
                SetLevel1(guest, 0, FirstPage);
                SetLevel1(guest, 1, SecondPage);
                guest.RunClean(GuestCommand.Mapd(511, 16, Places.Itt(0)), GuestCommand.Mapd(512, 16, Places.Itt(1)));
                AssertSaved(
                    guest,
                    (FirstPage + 0xFF8, TableEntry.Device(Places.Itt(0), next: 1)),
                    (SecondPage, TableEntry.Device(Places.Itt(1))));
                AssertUnmapZeroesOnly(guest, 511, FirstPage + 0xFF8);
                AssertUnmapZeroesOnly(guest, 512, SecondPage);
            }),
        A(172, "Two-level: a level-2 page above 2^48, then the tables are saved", "written there and not below")
            .From(profile => WithLevel1(profile, Guest.Pages64K))
            .Passes(guest =>
            {
                SetLevel1(guest, 0, Places.HighRam);
                guest.RunClean(GuestCommand.Mapd(1, 16, Places.Itt(0)));
                AssertSaved(guest, (Places.HighRam + 8, TableEntry.Device(Places.Itt(0))), (Places.Ram + 8, 0));
                guest.Write64(Places.Ram + 8, Poison);
                AssertUnmapZeroesOnly(guest, 1, Places.HighRam + 8);
                Assert.Equal(Poison, guest.Read64(Places.Ram + 8));
            }),
        A(173, "A translation table above 2^48, then the tables are saved", "written there")
            .Passes(guest =>
            {
                const ulong Below = HighItt - Places.HighRam + Places.Ram;
                guest.RunClean(
                    GuestCommand.Mapd(0, 16, HighItt), GuestCommand.Mapc(0, 0), GuestCommand.Mapti(0, 1, 8192, 0));
                AssertSaved(guest, (HighItt + 8, TableEntry.Event(8192, 0)), (Below + 8, 0));
                guest.Write64(Below + 8, Poison);
                guest.RunClean(GuestCommand.Discard(0, 1));
                Assert.Equal((0u, Poison), (guest.Read64(HighItt + 8), guest.Read64(Below + 8)));
            }),
        U(174, "Two-level: a level-1 entry with stray bits [15:1]", "they are ignored")
            .From(WithFirstPage)
            .Chooses("Bits below the page's size take no part.", guest =>
            {
                guest.Write64(Places.DeviceTable(), Guest.Valid | FirstPage | 0xFFFE);
                guest.RunClean(GuestCommand.Mapd(2, 16, Places.Itt(0)));
                AssertUnmapZeroesOnly(guest, 2, FirstPage + 16);
            }),
        K(175, "Two-level: a mapped device's level-1 entry is cleared, then the tables are saved",
            "the device is passed over")
            .From(WithFirstPage)
            .Passes(guest =>
            {
                SetLevel1(guest, 1, SecondPage);
                guest.Map(5, 0, 8192);
                guest.Map(8192, 0, 8193);
                guest.Write64(Places.DeviceTable() + 8, 0);
                AssertSaved(guest, (FirstPage + 40, TableEntry.Device(Places.Itt(5))), (SecondPage, 0));
                AssertDelivers(guest, (5, 8192), (8192, 8193));
            }),
    ]);

    /// <summary>S0 with a two-level device table and room for devices 0 to 16383.</summary>
    public static Guest WithBothPages(GicProfile profile)
    {
        var guest = WithFirstPage(profile);
        SetLevel1(guest, 1, SecondPage);
        return guest;
    }

    public static void SetLevel1(Guest guest, uint index, ulong page) =>
        guest.Write64(Places.DeviceTable() + (8 * index), Guest.Valid | page);

    private static Guest WithFirstPage(GicProfile profile)
    {
        var guest = WithLevel1(profile, Guest.Pages64K);
        SetLevel1(guest, 0, FirstPage);
        return guest;
    }

    /// <summary>S0 with a two-level device table of one empty level-1 page.</summary>
    private static Guest WithLevel1(GicProfile profile, ulong pageSize)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Disable();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.DeviceTable() | pageSize);
        guest.Enable();
        return guest;
    }

    /// <summary>A save succeeds, and these places hold these values after it.</summary>
    private static void AssertSaved(Guest guest, params (ulong Address, ulong Entry)[] expected)
    {
        guest.SaveTables();
        guest.Resume();
        Assert.All(expected, place => Assert.Equal(place.Entry, guest.Read64(place.Address)));
    }

    private static void AssertDelivers(Guest guest, params (uint Device, uint Lpi)[] expected)
    {
        foreach (var (device, lpi) in expected)
        {
            guest.Signal(device, 0);
            guest.AssertDelivered(lpi, 0);
        }
    }

    private static void AssertUnmapZeroesOnly(Guest guest, uint device, ulong address)
    {
        // A neighbour on either side, where that is RAM.
        ulong[] neighbours = address is Places.HighRam ? [address + 8] : [address - 8, address + 8];
        foreach (var place in neighbours.Append(address))
        {
            guest.Write64(place, Poison);
        }

        guest.RunClean(GuestCommand.MapdUnmap(device));
        Assert.Equal(0u, guest.Read64(address));
        Assert.All(neighbours, place => Assert.Equal(Poison, guest.Read64(place)));
    }
}
