using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class MoveCases
{
    private const uint First = 8192;
    private const uint Second = 8193;

    public static CaseSection Section { get; } = new("Commands: MOVI and MOVALL",
    [
        A(120, "MOVI to the collection of vCPU 2, then a message", "delivered on 2")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Movi(0, 0, 2));
                guest.Signal(0, 0);
                guest.AssertDelivered(First, 2);
            }),
        A(121, "MOVI to vCPU 2 while the LPI is pending and masked on 0", "delivered on 2, not on 0")
            .From(Mapped)
            .Passes(guest =>
            {
                PendMasked(guest);
                guest.RunClean(GuestCommand.Movi(0, 0, 2));
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(First, 2);
            }),
        U(122, "MOVI to a collection that is not mapped", "0x010109, the event stays")
            .From(Mapped)
            .Chooses("Collection unmapped.", guest =>
            {
                guest.RunInError(CommandError.MoviUnmappedCollection, GuestCommand.Movi(0, 0, 9));
                guest.Signal(0, 0);
                guest.AssertDelivered(First, 0);
            }),
        U(123, "MOVI of an event that is not mapped", "0x010107")
            .From(Mapped)
            .Chooses("Event unmapped.", guest =>
                guest.RunInError(CommandError.MoviUnmappedInterrupt, GuestCommand.Movi(0, 7, 2))),
        U(124, "MOVI while the event's present collection is not mapped", "0x010109, nothing changes")
            .From(Mapped)
            .Chooses("Collection unmapped.", guest =>
            {
                guest.RunClean(GuestCommand.MapcUnmap(0));
                guest.RunInError(CommandError.MoviUnmappedCollection, GuestCommand.Movi(0, 0, 2));
            }),
        A(125, "A message, MOVI, a message", "the second comes on the new vCPU")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.Signal(0, 0);
                guest.AssertDelivered(First, 0);
                guest.RunClean(GuestCommand.Movi(0, 0, 2));
                guest.Signal(0, 0);
                guest.AssertDelivered(First, 2);
            }),
        A(126, "MOVI to the collection that the event has, while its LPI is pending", "one delivery where it was")
            .From(Mapped)
            .Passes(guest =>
            {
                PendMasked(guest);
                guest.RunClean(GuestCommand.Movi(0, 0, 0));
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(First, 0);
            }),
        U(127, "MOVI and a message between acknowledge and end of interrupt", "the new instance comes on the new vCPU")
            .From(Mapped)
            .Chooses("An LPI has no active state: the new instance is taken at once.", guest =>
            {
                guest.Signal(0, 0);
                Assert.Equal(First, guest.Cpu(0).Acknowledge());
                guest.RunClean(GuestCommand.Movi(0, 0, 2));
                guest.Signal(0, 0);
                guest.AssertDelivered(First, 2);
                guest.Cpu(0).End(First);
                guest.AssertNothingDelivered();
            }),
        U(128, "MOVI of a pending LPI to a vCPU whose LPIs are disabled", "it stays, or goes along and waits")
            .From(Mapped)
            .Chooses("The mapping changes, the pending LPI stays at the source, as in QEMU: it is not lost.", guest =>
            {
                PendMasked(guest);
                guest.SetLpisEnabled(2, false);
                guest.RunClean(GuestCommand.Movi(0, 0, 2));
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(First, 0);
                Assert.Equal(MsiOutcome.DroppedLpisDisabled, guest.Signal(0, 0));
            }),
        A(129, "MOVALL from 0 to 1 with an LPI pending on 0 and another on 2", "the first comes on 1, the second on 2")
            .From(Mapped)
            .Passes(MoveAllLeavesOthers),
        K(130, "MOVALL from 0 to 1 with an LPI pending on 2, as some kernels had it", "that one moves, too")
            .From(Mapped)
            .IsNotFollowed(
                "MOVALL moves the LPIs that are pending at RDbase1 and no others.",
                "What is pending elsewhere stays there.",
                MoveAllLeavesOthers),
        U(131, "MOVALL to processor 9 of four", "0x010E01, nothing moves")
            .From(Mapped)
            .Chooses("Processor out of range.", guest =>
            {
                PendMasked(guest);
                guest.RunInError(CommandError.MovallProcessorOutOfRange, GuestCommand.Movall(0, 9));
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(First, 0);
            }),
        A(132, "MOVALL from 1 to 1", "nothing changes")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapti(0, 2, 8200, 1));
                guest.Cpu(1).MaskAll();
                guest.Signal(0, 2);
                var before = Snapshot.WithoutQueue(guest);
                guest.RunClean(GuestCommand.Movall(1, 1));
                Assert.Equal(before, Snapshot.WithoutQueue(guest));
                guest.Cpu(1).Unmask();
                guest.AssertDelivered(8200, 1);
            }),
        K(133, "MOVALL from 0 to 1, then save and restore", "messages go to the collection's vCPU again")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Movall(0, 1));
                var target = guest.Moved();
                target.Signal(0, 0);
                target.AssertDelivered(First, 0);
            }),
        A(134, "MOVALL from 0 to 1, then MOVI of an event to vCPU 2", "its messages go to 2")
            .From(Mapped)
            .Passes(guest =>
            {
                PendMasked(guest);
                guest.RunClean(GuestCommand.Movall(0, 1), GuestCommand.Movi(0, 0, 2));
                guest.Cpu(0).Unmask();
                // What MOVALL had taken along is not at the source of MOVI any more.
                guest.AssertDelivered(First, 1);
                guest.Signal(0, 0);
                guest.AssertDelivered(First, 2);
            }),
    ]);

    /// <summary>Collections 0, 1 and 2 for the vCPUs of these numbers; event 0 goes to 0, event 1 to 2.</summary>
    private static Guest Mapped(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.RunClean(
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapc(1, 1),
            GuestCommand.Mapc(2, 2),
            GuestCommand.Mapti(0, 0, First, 0),
            GuestCommand.Mapti(0, 1, Second, 2));
        return guest;
    }

    private static void PendMasked(Guest guest)
    {
        guest.Cpu(0).MaskAll();
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }

    private static void MoveAllLeavesOthers(Guest guest)
    {
        PendMasked(guest);
        guest.Cpu(1).MaskAll();
        guest.Cpu(2).MaskAll();
        guest.Signal(0, 1);
        guest.RunClean(GuestCommand.Movall(0, 1));
        guest.Cpu(0).Unmask();
        guest.AssertNothingDelivered();
        guest.Cpu(1).Unmask();
        guest.AssertDelivered(First, 1);
        guest.Cpu(2).Unmask();
        guest.AssertDelivered(Second, 2);
    }
}
