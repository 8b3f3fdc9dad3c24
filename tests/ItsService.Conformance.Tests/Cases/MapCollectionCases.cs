using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class MapCollectionCases
{
    public static CaseSection Section { get; } = new("Commands: MAPC",
    [
        A(92, "A collection is mapped to vCPU 3, then a message comes", "delivered there")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192, collection: 0, cpu: 3);
                guest.Signal(0, 0);
                guest.AssertDelivered(8192, 3);
            }),
        U(93, "MAPC to processor 4 of four", "0x010902")
            .Chooses("Out of range; the collection stays unmapped.", guest =>
                guest.RunInError(CommandError.MapcProcessorOutOfRange, GuestCommand.Mapc(0, 4))),
        K(94, "MAPC V=0 with RDbase 99", "accepted")
            .Passes(guest =>
            {
                guest.RunClean(
                    GuestCommand.Mapc(0, 0), GuestCommand.MapcUnmap(0) with { Dw2 = 99UL << 16 });
                Assert.Equal(0, guest.Gic.Inspection.Its(0).CollectionCount);
            }),
        U(95, "MAPC of ICID 8192, the first beyond the table", "0x010903")
            .Chooses("Out of range.", guest =>
                guest.RunInError(CommandError.MapcCollectionOutOfRange, GuestCommand.Mapc(8192, 0))),
        A(96, "MAPC of ICID 8191, the last in the table", "accepted")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192, collection: 8191, cpu: 1);
                guest.Signal(0, 0);
                guest.AssertDelivered(8192, 1);
            }),
        A(97, "A mapped collection is mapped to vCPU 1, then a message comes", "delivered on 1")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                guest.RunClean(GuestCommand.Mapc(0, 1));
                guest.Signal(0, 0);
                guest.AssertDelivered(8192, 1);
            }),
        K(98, "An LPI is pending and masked on vCPU 0 when its collection is mapped to vCPU 1", "it comes on 1, once")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                guest.Cpu(0).MaskAll();
                guest.Cpu(1).MaskAll();
                guest.Signal(0, 0);
                guest.RunClean(GuestCommand.Mapc(0, 1));
                guest.Cpu(0).Unmask();
                guest.AssertNothingDelivered();
                guest.Cpu(1).Unmask();
                guest.AssertDelivered(8192, 1);
            }),
        A(99, "A collection is unmapped, then a message comes", "not delivered; KVM answers 0")
            .Passes(
                guest =>
                {
                    guest.Map(0, 0, 8192);
                    guest.RunClean(GuestCommand.MapcUnmap(0));
                    Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                ApiCases.MessageAfterCollectionIsUnmapped),
        K(100, "A collection is unmapped and mapped again, then a message of its event comes", "not delivered")
            .IsNotFollowed(
                "The translation table entry holds the ICID: MAPC gives the collection a target and does not touch the"
                + " events that name it.",
                "The event works again: delivered.",
                guest =>
                {
                    guest.Map(0, 0, 8192);
                    guest.RunClean(GuestCommand.MapcUnmap(0), GuestCommand.Mapc(0, 2));
                    Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
                    guest.AssertDelivered(8192, 2);
                }),
        A(101, "MAPC V=0 of a collection that is not mapped", "no error")
            .Passes(guest => guest.RunClean(GuestCommand.MapcUnmap(7))),
        K(102, "DISCARD of an event whose collection is unmapped", "an error, the mapping is kept")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                guest.RunClean(GuestCommand.MapcUnmap(0));
                guest.RunInError(CommandError.DiscardUnmappedCollection, GuestCommand.Discard(0, 0));
                guest.RunClean(GuestCommand.Mapc(0, 0));
                guest.Signal(0, 0);
                guest.AssertDelivered(8192, 0);
            }),
    ]);
}
