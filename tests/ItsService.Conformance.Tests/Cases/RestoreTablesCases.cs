using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.GuestTables;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>Tables that cannot be restored, and what a reset makes of an ITS.</summary>
internal static class RestoreTablesCases
{
    private const uint Lpi = 8192;

    public static CaseSection Section { get; } = new(SaveCases.Title,
    [
        K(269, "A restore with one ICID twice", "-EEXIST, nothing is mapped")
            .IsNotFollowed(Clauses.TablesAtResume, "EEXIST at Resume; nothing is mapped.", guest =>
            {
                guest.SetCollections(TableEntry.Collection(4, 0), TableEntry.Collection(4, 1));
                AssertRefused(guest, Vmm.Eexist, "its[0].collection_table[1]");
            }),
        K(270, "A restore with a collection of vCPU 99", "-EINVAL")
            .IsNotFollowed(Clauses.TablesAtResume, "EINVAL at Resume; nothing is mapped.", guest =>
            {
                guest.SetCollections(TableEntry.Collection(4, 99));
                AssertRefused(guest, Vmm.Einval, "its[0].collection_table[0]");
            }),
        K(271, "A restore with an event of INTID 100", "-EINVAL")
            .IsNotFollowed(Clauses.TablesAtResume, "EINVAL at Resume; nothing is mapped.", guest =>
            {
                SetDevice(guest, TableEntry.Event(100, 0));
                AssertRefused(guest, Vmm.Einval, "its[0].device[0x2].itt[3]");
            }),
        K(272, "A restore with an event whose ICID is in no entry", "-EINVAL")
            .IsNotFollowed(Clauses.TablesAtResume, "EINVAL at Resume; nothing is mapped.", guest =>
            {
                SetDevice(guest, TableEntry.Event(Lpi, 1));
                AssertRefused(guest, Vmm.Einval, "its[0].device[0x2].itt[3]");
            }),
        K(273, "A restore with an event whose next leads beyond the table", "-EINVAL")
            .IsNotFollowed(Clauses.TablesAtResume, "EINVAL at Resume; nothing is mapped.", guest =>
            {
                SetDevice(guest, TableEntry.Event(Lpi, 0, next: 13), eventIdBits: 4);
                AssertRefused(guest, Vmm.Einval, "its[0].device[0x2].itt[3]");
                // One less is the last event.
                guest.SetEvent(2, 3, TableEntry.Event(Lpi, 0, next: 12));
                guest.Resume();
            }),
        K(274, "A restore with a device of 17 EventID bits", "-EINVAL")
            .IsNotFollowed(Clauses.TablesAtResume, "EINVAL at Resume; nothing is mapped.", guest =>
            {
                SetDevice(guest, TableEntry.Event(Lpi, 0), eventIdBits: 17);
                AssertRefused(guest, Vmm.Einval, "its[0].device[0x2]");
            }),
        K(275, "A restore with a translation table outside RAM", "-EFAULT, nothing is mapped")
            .IsNotFollowed(Clauses.TablesAtResume, "EFAULT at Resume; nothing is mapped.", guest =>
            {
                guest.SetCollections(TableEntry.Collection(0, 0));
                guest.SetDevice(2, TableEntry.Device(Places.OutsideRam));
                AssertRefused(guest, Vmm.Efault, "its[0].device[0x2].itt[0]");
            }),
        K(276, "A restore that fails, a reset, a good restore", "success")
            .Passes(guest =>
            {
                guest.Map(2, 3, Lpi);
                var saved = guest.Save();
                var target = guest.NewVm(saved);
                target.SetCollections(TableEntry.Collection(0, 0), TableEntry.Collection(7, 99));
                target.RestoreIts(saved, Vmm.DocumentedOrder);
                target.AssertRefused(Vmm.Einval, "its[0].collection_table[1]");
                target.AssertNothingMapped();

                target.ResetIts();
                target.SetCollections(TableEntry.Collection(0, 0), 0);
                target.RestoreIts(saved, Vmm.DocumentedOrder);
                target.Resume();
                target.Signal(2, 3);
                target.AssertDelivered(Lpi, 0);
            }),
        K(277, "Two restores without a reset", "-EEXIST")
            .IsNotFollowed(
                Clauses.TablesAtResume,
                "EEXIST at Resume where the first has been done; two orders before one Resume are one.",
                guest =>
                {
                    SetDevice(guest, TableEntry.Event(Lpi, 0));
                    guest.Gic.Pause();
                    guest.RestoreTables();
                    guest.RestoreTables();
                    guest.Resume();
                    guest.Signal(2, 3);
                    guest.AssertDelivered(Lpi, 0);

                    guest.Gic.Pause();
                    guest.RestoreTables();
                    guest.AssertRefused(Vmm.Eexist, "its[0]");
                }),
        K(278, "A reset, the BASERs, a restore of the tables saved before", "success")
            .Passes(guest =>
            {
                guest.Map(2, 3, Lpi);
                var saved = guest.Save();
                guest.ResetIts();
                guest.AssertNothingMapped();
                guest.RestoreIts(saved, ItsStep.Basers, ItsStep.Tables);
                guest.Resume();
                Assert.Equal(
                    (1, 1), (guest.Gic.Inspection.Its(0).DeviceCount, guest.Gic.Inspection.Its(0).CollectionCount));
                guest.PlaceQueue(0, queuePages: 16);
                guest.Enable();
                guest.Signal(2, 3);
                guest.AssertDelivered(Lpi, 0);
            }),
        K(279, "A reset of the ITS", "registers 0, tables invalid; RAM is not touched")
            .Passes(ResetLeavesRam),
    ]);

    /// <summary>Device 2 with event 3, collection 0 on vCPU 0, all of it in guest memory.</summary>
    private static void SetDevice(Guest guest, ulong eventEntry, int eventIdBits = 16)
    {
        guest.SetCollections(TableEntry.Collection(0, 0));
        guest.SetDevice(2, TableEntry.Device(Places.Itt(2), eventIdBits));
        guest.SetEvent(2, 3, eventEntry);
    }

    /// <summary>The order is taken; Resume tells one problem, and nothing is mapped.</summary>
    private static void AssertRefused(Guest guest, RestoreProblemKind kind, string path)
    {
        guest.Gic.Pause();
        guest.RestoreTables();
        guest.AssertRefused(kind, path);
        guest.AssertNothingMapped();
    }

    private static void ResetLeavesRam(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        var baser0 = guest.Gits().Read64(GitsOffset.Baser0);
        var baser1 = guest.Gits().Read64(GitsOffset.Baser1);
        guest.Gic.Pause();
        guest.Accesses.StartRecording();
        guest.ResetIts();
        Assert.Empty(guest.Accesses.StopRecording());
        guest.AssertNothingMapped();
        guest.Resume();
        Assert.Equal(0x8000_0000u, guest.Gits().Read32(GitsOffset.Ctlr));
        Assert.Equal(
            (0u, 0u, 0u), (guest.Gits().Read64(GitsOffset.Cbaser), guest.Creadr(), guest.Cwriter()));
        Assert.Equal(baser0 & ~Guest.Valid, guest.Gits().Read64(GitsOffset.Baser0));
        Assert.Equal(baser1 & ~Guest.Valid, guest.Gits().Read64(GitsOffset.Baser1));
    }
}
