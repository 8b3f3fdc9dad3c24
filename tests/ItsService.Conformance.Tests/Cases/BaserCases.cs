using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class BaserCases
{
    private const ulong TypeField = 7UL << 56;
    private const ulong EntrySizeField = 0x1FUL << 48;
    private const ulong PageSizeField = 3UL << 8;
    private const ulong InnerCacheField = 7UL << 59;
    private const ulong OuterCacheField = 7UL << 53;
    private const ulong ShareabilityField = 3UL << 10;

    public static CaseSection Section { get; } = new("ITS registers: GITS_BASERn",
    [
        K(33, "GITS_BASER0..7 are read after a reset", "KVM's values")
            .FromReset()
            .Passes(guest => AssertResetValues(guest, 0x1907_0000_0000_0600, 0x1C07_0000_0000_0600)),
        Q(34, "GITS_BASER0..7 are read after a reset", "QEMU's values")
            .FromReset()
            .Passes(guest => AssertResetValues(guest, 0x0107_0000_0000_0200, 0x0407_0000_0000_0200)),
        A(35, "BASER0 is written with another Type and Entry_Size", "both keep their values")
            .FromReset()
            .Passes(guest => Assert.Equal(
                (1UL << 56) | (7UL << 48),
                WriteBaser0(guest, TypeField | EntrySizeField) & (TypeField | EntrySizeField))),
        K(36, "BASER0 is written with 4 KiB and 16 KiB pages", "64 KiB pages read back")
            .FromReset()
            .Passes(guest =>
            {
                Assert.Equal(Guest.Pages64K, WriteBaser0(guest, 0) & PageSizeField);
                Assert.Equal(Guest.Pages64K, WriteBaser0(guest, 1UL << 8) & PageSizeField);
            }),
        Q(37, "BASER0 is written with each page size", "it reads back; the reserved one acts as 64 KiB")
            .FromReset()
            .Passes(guest =>
            {
                for (var encoding = 0UL; encoding < 4; encoding++)
                {
                    Assert.Equal(encoding << 8, WriteBaser0(guest, encoding << 8) & PageSizeField);
                }

                guest.StartRedistributors();
                guest.PlaceTables();
                WriteBaser0(guest, Guest.Valid | Places.DeviceTable() | PageSizeField);
                guest.Enable();
                guest.RunClean(GuestCommand.Mapd(8191, 1, Places.Itt(0)));
                guest.RunInError(
                    CommandError.MapdDeviceOutOfRange, GuestCommand.Mapd(8192, 1, Places.Itt(0)));
            }),
        K(38, "BASER1 is written with Indirect", "it reads 0")
            .FromReset()
            .Passes(guest =>
            {
                guest.Gits().Write64(GitsOffset.Baser1, Guest.Indirect);
                Assert.Equal(0u, guest.Gits().Read64(GitsOffset.Baser1) & Guest.Indirect);
            }),
        K(39, "BASER0 is written with Indirect", "it reads 1")
            .In(GicProfiles.Kvm, GicProfiles.Qemu)
            .FromReset()
            .Passes(guest => Assert.NotEqual(0u, WriteBaser0(guest, Guest.Indirect) & Guest.Indirect)),
        K(40, "BASER0 is written as outer shareable and inner non-cacheable",
            "inner shareable and read-allocate write-back read back")
            .FromReset()
            .Passes(guest => Assert.Equal(
                (1UL << 10) | (3UL << 59),
                WriteBaser0(guest, 2UL << 10) & (ShareabilityField | InnerCacheField))),
        K(41, "BASER0 is written with OuterCache 7", "OuterCache reads 0")
            .FromReset()
            .Passes(guest => Assert.Equal(0u, WriteBaser0(guest, OuterCacheField) & OuterCacheField)),
        A(42, "Ones are written to each GITS_BASERn without a table", "0")
            .FromReset()
            .Passes(AssertUnimplementedTablesReadZero),
        U(43, "BASER0 is written with another address while the ITS is enabled", "ignored")
            .Chooses("The write is ignored, as in KVM and QEMU.", guest =>
            {
                guest.Map(0, 0, 8192);
                var before = Snapshot.Of(guest);
                WriteBaser0(guest, Guest.Valid | Places.Scratch | Guest.Pages64K);
                Assert.Equal(before, Snapshot.Of(guest));
            }),
        K(44, "Valid is cleared by a 32-bit write of BASER0's upper half", "the lower half stays, devices are freed")
            .Passes(ClearValidByHalf),
        K(45, "BASER0 is made invalid and valid again while disabled, then a message comes", "the device is forgotten")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                MakeInvalidAndValid(guest, GitsOffset.Baser0);
                Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
                guest.AssertNothingDelivered();
            }),
        K(46, "BASER1 is made invalid and valid again while disabled, then a message comes",
            "the collection is unmapped; the message gives 0 and is not delivered")
            .Passes(
                guest =>
                {
                    guest.Map(0, 0, 8192);
                    MakeInvalidAndValid(guest, GitsOffset.Baser1);
                    Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                () => ApiCases.MessageAfterTableIsInvalid("GITS_BASER1")),
        A(47, "BASER0 is written with an address of 52 bits", "bits [47:12] read back; KVM fills in the rest")
            .FromReset()
            .Passes(guest =>
            {
                var read = WriteBaser0(guest, 0x8000_1234_5678_F200);
                Assert.Equal(0x0000_1234_5678_F000u, read & 0x0000_FFFF_FFFF_F000);
                Assert.Equal(guest.IsKvm() ? 0x9907_1234_5678_F200u : 0x8107_1234_5678_F200u, read);
            }),
        K(48, "A driver looks for its tables in GITS_BASER0..7", "one of devices, one of collections, 64 KiB pages")
            .In(GicProfiles.Kvm, GicProfiles.Qemu)
            .FromReset()
            .Passes(guest =>
            {
                var tables = Enumerable.Range(0, 8).Select(number => guest.Gits().Read64(Baser(number)))
                    .Where(value => (value & TypeField) != 0).ToArray();
                Assert.Equal([1UL << 56, 4UL << 56], tables.Select(value => value & TypeField));
                Assert.All(tables, value => Assert.Equal(Guest.Pages64K, value & PageSizeField));
            }),
        K(49, "BASER1 gets fewer pages and stays valid, then the tables are saved",
            "the collections are freed, a terminator is all that is written")
            .Passes(ShrinkCollectionTable),
    ]);

    /// <summary>From four pages to one, with Valid kept: the collections are freed, and a save writes none.</summary>
    public static void ShrinkCollectionTable(Guest guest)
    {
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K | 3);
        guest.Enable();
        guest.RunClean(
            GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1), GuestCommand.Mapd(0, 16, Places.Itt(0)));
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K);
        guest.Enable();
        Assert.Equal(0, guest.Gic.Inspection.Its(0).CollectionCount);
        Assert.Equal(1, guest.Gic.Inspection.Its(0).DeviceCount);

        guest.SetCollections(TableEntry.Poison, TableEntry.Poison);
        guest.SaveTables();
        Assert.Equal((0u, TableEntry.Poison), (guest.GetCollection(0), guest.GetCollection(1)));
    }

    public static void MakeInvalidAndValid(Guest guest, int register)
    {
        guest.Disable();
        var value = guest.Gits().Read64(register);
        guest.Gits().Write64(register, value & ~Guest.Valid);
        guest.Gits().Write64(register, value);
        guest.Enable();
    }

    public static void AssertUnimplementedTablesReadZero(Guest guest)
    {
        for (var number = 2; number < 8; number++)
        {
            guest.Gits().Write64(Baser(number), ulong.MaxValue);
            Assert.Equal(0u, guest.Gits().Read64(Baser(number)));
        }
    }

    private static int Baser(int number) => GitsOffset.Baser0 + (8 * number);

    private static ulong WriteBaser0(Guest guest, ulong value)
    {
        guest.Gits().Write64(GitsOffset.Baser0, value);
        return guest.Gits().Read64(GitsOffset.Baser0);
    }

    private static void AssertResetValues(Guest guest, ulong devices, ulong collections) => Assert.Equal(
        [devices, collections, 0, 0, 0, 0, 0, 0],
        Enumerable.Range(0, 8).Select(number => guest.Gits().Read64(Baser(number))));

    private static void ClearValidByHalf(Guest guest)
    {
        guest.Map(0, 0, 8192);
        guest.Disable();
        var before = guest.Gits().Read64(GitsOffset.Baser0);
        guest.Gits().Write32(GitsOffset.Baser0 + 4, (before & ~Guest.Valid) >> 32);
        Assert.Equal(before & ~Guest.Valid, guest.Gits().Read64(GitsOffset.Baser0));
        Assert.Equal(0, guest.Gic.Inspection.Its(0).DeviceCount);
    }
}
