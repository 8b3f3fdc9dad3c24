using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>
/// What a save writes, and what of it a restore finds; <see cref="RestoreTablesCases"/>,
/// <see cref="RestoreOrderCases"/>, <see cref="PendingTableCases"/> and <see cref="MigrationCases"/> have the rest.
/// </summary>
internal static class SaveCases
{
    public const string Title = "Save and restore";

    private const uint Lpi = 8192;

    public static CaseSection Section { get; } = new(Title,
    [
        K(255, "An empty ITS is saved", "success, the collection table begins with zero")
            .Passes(guest =>
            {
                guest.SetCollections(TableEntry.Poison, TableEntry.Poison);
                guest.SaveTables();
                Assert.Equal((0u, TableEntry.Poison), (guest.GetCollection(0), guest.GetCollection(1)));
            }),
        K(256, "One device, collection and event are saved", "their entries in the formats of ABI revision 0")
            .Passes(OneOfEachIsSaved),
        K(257, "A save while BASER0 is not valid", "success, only the collections are written")
            .Passes(OnlyCollectionsAreSaved),
        K(258, "A save, then a message", "delivered: the live state is kept")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                var before = Snapshot.Of(guest);
                guest.SaveTables();
                guest.Resume();
                Assert.Equal(before, Snapshot.Of(guest));
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
            }),
        K(259, "Two saves", "the same bytes")
            .Passes(guest =>
            {
                guest.Map(0, 7, Lpi);
                guest.Map(3, 0, Lpi + 1, collection: 2, cpu: 1);
                guest.SaveTables();
                var first = ReadTables(guest);
                guest.SaveTables();
                Assert.Equal(first, ReadTables(guest));
            }),
        K(260, "A save, a restore into a new VM in the documented order, a message", "delivered on the same vCPU")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi, collection: 3, cpu: 2);
                var before = Snapshot.Of(guest);
                var target = guest.Moved();
                Assert.Equal(before, Snapshot.Of(target));
                target.Signal(0, 0);
                target.AssertDelivered(Lpi, 2);
            }),
        K(261, "Two devices are migrated, a message of each", "each is delivered on its vCPU")
            .Passes(guest =>
            {
                guest.Map(2, 20, 8195, collection: 3, cpu: 3);
                guest.Map(7, 255, 8196, collection: 2, cpu: 2);
                var target = guest.Moved();
                target.Signal(2, 20);
                target.AssertDelivered(8195, 3);
                target.Signal(7, 255);
                target.AssertDelivered(8196, 2);
            }),
        K(262, "256 LPIs are pending on two vCPUs by their pending tables, then a migration", "128 on each, none twice")
            .From(With256Pending)
            .Passes(guest =>
            {
                var target = guest.Moved();
                for (var vcpu = 0; vcpu < 2; vcpu++)
                {
                    var own = Enumerable.Range(0, 128).Select(n => Lpi + (uint)vcpu + (2 * (uint)n));
                    Assert.Equal(own, target.Cpu(vcpu).TakeAll());
                }

                target.AssertNothingDelivered();
            }),
        K(263, "An event of an unmapped collection is migrated; then MAPC, INVALL and INT", "delivered")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapti(0, 0, Lpi, 0));
                var target = guest.Moved();
                target.RunClean(GuestCommand.Mapc(0, 0), GuestCommand.Invall(0), GuestCommand.Int(0, 0));
                target.AssertDelivered(Lpi, 0);
            }),
        K(264, "A collection that has no target is in the table", "RDBase 0xFFFFFFFF; restored as unmapped")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapti(0, 0, Lpi, 5));
                var target = guest.Moved();
                Assert.Equal((0x8000_FFFF_FFFF_0005, 0u), (target.GetCollection(0), target.GetCollection(1)));
                Assert.Equal(0, target.Gic.Inspection.Its(0).CollectionCount);
                Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, target.Signal(0, 0));
            }),
        K(265, "Devices 1 and 20000 in a table of four pages", "next is 16383 and the second is still found")
            .FromDisabledIts()
            .Passes(FarDeviceIsFound),
        K(266, "An event entry with next 0 that others follow", "those are not restored")
            .Passes(guest =>
            {
                guest.SetCollections(TableEntry.Collection(0, 0));
                guest.SetDevice(0, TableEntry.Device(Places.Itt(0)));
                guest.SetEvent(0, 0, TableEntry.Event(Lpi, 0));
                guest.SetEvent(0, 5, TableEntry.Event(Lpi + 5, 0));
                guest.Gic.Pause();
                guest.RestoreTables();
                guest.Resume();
                Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
                Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 5));
                guest.AssertDelivered(Lpi, 0);
            }),
        K(267, "A valid device entry left behind the last one, flat table", "not restored")
            .Passes(guest =>
            {
                guest.Map(1, 0, Lpi);
                guest.SetDevice(9, TableEntry.Device(Places.Itt(9)));
                guest.SetEvent(9, 0, TableEntry.Event(Lpi + 9, 0));
                var target = guest.Moved();
                Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, target.Signal(9, 0));
                target.Signal(1, 0);
                target.AssertDelivered(Lpi, 0);
            }),
        K(268, "A valid device entry left in the second level-2 page", "found when that page is scanned, else not")
            .From(TwoLevelTableCases.WithBothPages)
            .Passes(StaleDeviceOfTheSecondPage),
    ]);

    private static void OneOfEachIsSaved(Guest guest)
    {
        const ulong Itt = 0x4008_0000;
        guest.RunClean(
            GuestCommand.Mapd(2, 8, Itt), GuestCommand.Mapc(3, 3), GuestCommand.Mapti(2, 20, 8195, 3));
        guest.Disable();
        guest.SetCollections(TableEntry.Poison, TableEntry.Poison, TableEntry.Poison);
        guest.SaveTables();
        Assert.Equal(0x8000_0000_0801_0007u, guest.Read64(Places.DeviceTable() + 0x10));
        Assert.Equal(0x0000_0000_2003_0003u, guest.Read64(Itt + 0xA0));
        Assert.Equal(
            (0x8000_0000_0003_0003, 0u, TableEntry.Poison),
            (guest.GetCollection(0), guest.GetCollection(1), guest.GetCollection(2)));
    }

    private static void OnlyCollectionsAreSaved(Guest guest)
    {
        guest.Map(1, 0, Lpi, collection: 6, cpu: 1);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, guest.Gits().Read64(GitsOffset.Baser0) & ~Guest.Valid);
        guest.Accesses.StartRecording();
        guest.SaveTables();
        var written = guest.Accesses.StopRecording().Where(access => access.IsWrite).ToArray();
        Assert.NotEmpty(written);
        Assert.All(written, access =>
            Assert.InRange(access.Range.Start.Value, Places.CollectionTable(), Places.CollectionTable() + 0xFFFF));
        Assert.Equal(
            (TableEntry.Collection(6, 1), 0u), (guest.GetCollection(0), guest.GetCollection(1)));
        Assert.Equal((0u, 0u), (guest.GetDevice(1), guest.GetEvent(1, 0)));
    }

    private static void FarDeviceIsFound(Guest guest)
    {
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K | 3);
        guest.Enable();
        guest.Map(1, 0, Lpi);
        guest.Map(20000, 0, Lpi + 1);
        var target = guest.Moved();
        Assert.Equal(16383u, TableEntry.NextOfDevice(target.GetDevice(1)));
        Assert.Equal(0u, TableEntry.NextOfDevice(target.GetDevice(20000)));
        target.Signal(1, 0);
        target.AssertDelivered(Lpi, 0);
        target.Signal(20000, 0);
        target.AssertDelivered(Lpi + 1, 0);
    }

    /// <summary>Device 0 leads past the first page when 8300 lives, and nowhere when it lives alone.</summary>
    private static void StaleDeviceOfTheSecondPage(Guest guest)
    {
        const uint Stale = 8200;
        const uint Live = 8300;
        guest.Map(0, 0, Lpi);
        guest.Map(Live, 0, Lpi + 1);
        guest.Write64(
            TwoLevelTableCases.SecondPage + (TableEntry.SizeBytes * (Stale - 8192)),
            TableEntry.Device(Places.Itt(Stale), next: Live - Stale));
        guest.SetEvent(Stale, 0, TableEntry.Event(Lpi + 2, 0));

        var target = guest.Moved();
        foreach (var (device, lpi) in ((uint, uint)[])[(0, Lpi), (Live, Lpi + 1), (Stale, Lpi + 2)])
        {
            Assert.Equal(MsiOutcome.Pended, target.Signal(device, 0));
            target.AssertDelivered(lpi, 0);
        }

        guest.Resume();
        guest.RunClean(GuestCommand.MapdUnmap(Live));
        target = guest.Moved();
        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, target.Signal(Stale, 0));
        Assert.Equal(MsiOutcome.Pended, target.Signal(0, 0));
    }

    private static byte[] ReadTables(Guest guest) =>
    [
        .. guest.ReadBytes(Places.DeviceTable(), 0x1_0000), .. guest.ReadBytes(Places.CollectionTable(), 0x1_0000),
        .. guest.ReadBytes(Places.Itt(0), 0x1000), .. guest.ReadBytes(Places.Itt(3), 0x1000),
    ];

    /// <summary>The LPIs of even number on vCPU 0, the others on vCPU 1.</summary>
    private static Guest With256Pending(GicProfile profile)
    {
        var guest = new Guest(new GuestOptions { Profile = profile });
        for (var n = 0u; n < 256; n++)
        {
            guest.SetPendingBit((int)(n % 2), Lpi + n);
        }

        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Enable();
        guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1));
        for (var n = 0u; n < 256; n++)
        {
            guest.RunClean(GuestCommand.Mapti(0, n, Lpi + n, n % 2));
        }

        return guest;
    }
}
