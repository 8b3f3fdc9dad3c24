using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>A migration's further conditions.</summary>
internal static class MigrationCases
{
    private const uint Lpi = 8192;
    private const uint BeyondTheTable = 0x2_0000;

    public static CaseSection Section { get; } = new(SaveCases.Title,
    [
        K(299, "The vCPUs are restored in another order, with the same numbers", "collections go by number")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi, collection: 9, cpu: 3);
                var saved = guest.Save();
                var target = guest.NewVm();
                target.RestoreVcpus(saved, 3, 1, 0, 2);
                target.RestoreIts(saved, Vmm.DocumentedOrder);
                target.Resume();
                Assert.Equal(TableEntry.Collection(9, 3), target.GetCollection(0));
                target.Signal(0, 0);
                target.AssertDelivered(Lpi, 3);
            }),
        K(300, "A save while a vCPU runs", "-EBUSY")
            .Passes(
                guest =>
                {
                    guest.Map(0, 0, Lpi);
                    guest.Accesses.StartRecording();
                    Assert.Equal(AccessStatus.Running, guest.Gic.Userspace.SaveTables(0).Status);
                    Assert.Equal(AccessStatus.Running, guest.Gic.Userspace.SavePendingTables().Status);
                    Assert.Empty(guest.Accesses.StopRecording());
                },
                AttributeApiCases.SavesWhileRunning),
        K(301, "The tables are saved while dirty pages are tracked", "the pages of all three tables are dirty")
            .PassesByItself(_ => AttributeApiCases.SavedTablesAreDirty()),
        K(302, "An event whose collection was unmapped is saved", "passed over, success")
            .IsNotFollowed(
                Clauses.CollectionIsKept,
                "Saved with its collection, which has no target in the table; MAPC revives it after the restore. So it"
                + " is where another BASER1 has freed the collection.",
                guest =>
                {
                    guest.Map(0, 0, Lpi);
                    guest.RunClean(GuestCommand.MapcUnmap(0));
                    AssertCollectionIsRevived(guest.Moved());

                    guest.Resume();
                    guest.RunClean(GuestCommand.Mapc(0, 0));
                    BaserCases.MakeInvalidAndValid(guest, GitsOffset.Baser1);
                    AssertCollectionIsRevived(guest.Moved());
                }),
        K(303, "A restore with an LPI beyond PROPBASER's range", "accepted")
            .IsNotFollowed(Clauses.OneSetOfChecks, "Refused at Resume with EINVAL, as MAPTI is.", guest =>
            {
                guest.Configure(BeyondTheTable, Guest.EnabledAtA0);
                guest.SetCollections(TableEntry.Collection(0, 0));
                guest.SetDevice(0, TableEntry.Device(Places.Itt(0)));
                guest.SetEvent(0, 0, TableEntry.Event(BeyondTheTable, 0));
                guest.Gic.Pause();
                guest.RestoreTables();
                guest.AssertRefused(Vmm.Einval, "its[0].device[0x0].itt[0]");
                guest.AssertNothingMapped();
            }),
    ]);

    private static void AssertCollectionIsRevived(Guest target)
    {
        Assert.Equal(0, target.Gic.Inspection.Its(0).CollectionCount);
        Assert.Equal(TableEntry.Event(Lpi, 0), target.GetEvent(0, 0));
        Assert.Equal(
            (TableEntry.Collection(0, TableEntry.NoTarget), 0u), (target.GetCollection(0), target.GetCollection(1)));
        target.RunClean(GuestCommand.Mapc(0, 1));
        target.Signal(0, 0);
        target.AssertDelivered(Lpi, 1);
    }
}
