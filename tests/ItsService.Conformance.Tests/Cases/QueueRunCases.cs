using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Diagnostics;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class QueueRunCases
{
    private const int SmallestQueueSlots = 128;
    private const int LargestQueuePages = 256;
    private const int LargestQueueSlots = 32768;
    private const byte UnknownOpcode = 0x7F;

    public static CaseSection Section { get; } = new(QueueRegisterCases.Title,
    [
        A(59, "CWRITER is written with CREADR's value", "nothing is executed")
            .Passes(guest =>
            {
                guest.Queue(0, GuestCommand.Mapc(0, 0));
                guest.Gits().Write64(GitsOffset.Cwriter, 0);
                Assert.Equal(0, CollectionCount(guest));
            }),
        A(60, "One command is run", "CREADR is 0x20")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapc(0, 0));
                Assert.Equal(0x20u, guest.Creadr());
                Assert.Equal(1, CollectionCount(guest));
            }),
        A(61, "2047 commands fill the queue", "all are executed, CREADR is 0xFFE0")
            .Passes(guest =>
            {
                RunMapcs(guest, 2047);
                Assert.Equal(0xFFE0u, guest.Creadr());
                Assert.Equal(2047, CollectionCount(guest));
            }),
        A(62, "A command in the last slot, CWRITER becomes 0", "it is executed, CREADR is 0")
            .Passes(guest =>
            {
                SkipTo(guest, 0xFFE0);
                guest.RunClean(GuestCommand.Mapc(7, 0));
                Assert.Equal((0u, 0u), (guest.Creadr(), guest.Cwriter()));
                Assert.Equal(1, CollectionCount(guest));
            }),
        A(63, "Four commands across the end of the queue", "executed in order, CREADR is 0x40")
            .Passes(guest =>
            {
                SkipTo(guest, 0xFFC0);
                guest.Publish(
                    0,
                    GuestCommand.Mapd(0, 16, Places.Itt(0)),
                    GuestCommand.Mapc(0, 0),
                    GuestCommand.Mapti(0, 0, 8192, 0),
                    GuestCommand.Int(0, 0));
                Assert.Equal((0x40u, 0x40u), (guest.Creadr(), guest.Cwriter()));
                Assert.Empty(guest.TakeErrors());
                guest.AssertDelivered(8192, 0);
            }),
        A(64, "The smallest queue wraps twice", "it wraps at 0x1000")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.PlaceQueue(0, queuePages: 1);
                guest.Enable();
                for (var number = 1u; number <= (2 * SmallestQueueSlots) + 3; number++)
                {
                    guest.RunClean(GuestCommand.Mapc(number, 0));
                    Assert.Equal(number * 0x20 % 0x1000, guest.Creadr());
                }

                Assert.Equal((2 * SmallestQueueSlots) + 3, CollectionCount(guest));
            }),
        A(65, "32,767 commands fill the largest queue", "all are executed")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.PlaceQueue(0, LargestQueuePages);
                guest.Enable();
                RunMapcs(guest, LargestQueueSlots - 1, collections: 8192);
                Assert.Equal(0xF_FFE0u, guest.Creadr());
                Assert.Equal(8192, CollectionCount(guest));
                Assert.Equal(
                    new CommandCount(CommandOpcode.Mapc, CommandError.None, LargestQueueSlots - 1),
                    Assert.Single(guest.Gic.Counters.Commands()));
            }),
        K(66, "CREADR is read right after a write of CWRITER", "it has arrived already")
            .Passes(guest =>
            {
                guest.Publish(0, GuestCommand.Mapc(0, 0), GuestCommand.Sync(0));
                Assert.Equal(0x40u, guest.Creadr());
            }),
        A(67, "CWRITER is written with Retry though nothing is stalled", "it reads 0 and does nothing")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Sync(0));
                var before = Snapshot.Of(guest);
                guest.Gits().Write64(GitsOffset.Cwriter, 0x21);
                Assert.Equal(before, Snapshot.Of(guest));
            }),
        K(68, "A command is published in a queue outside RAM", "the slot is passed over")
            .FromDisabledIts()
            .Passes(guest =>
            {
                PublishOutsideRam(guest);
                Assert.Equal(0x20u, guest.Creadr());
                Assert.Equal([CommandError.UnreadableSlot], guest.TakeErrors());
            }),
        Q(69, "A command is published in a queue outside RAM", "stalled on the slot; a later CWRITER tries again")
            .FromDisabledIts()
            .Passes(guest =>
            {
                PublishOutsideRam(guest);
                Assert.Equal(1u, guest.Creadr());
                guest.TakeErrors();
                guest.Gits().Write64(GitsOffset.Cwriter, 0x40);
                Assert.Equal(1u, guest.Creadr());
                Assert.Equal([CommandError.UnreadableSlot], guest.TakeErrors());
            }),
        A(70, "CWRITER's lower half is written by itself", "as a write of the whole")
            .Passes(guest =>
            {
                guest.Queue(0, GuestCommand.Mapc(0, 0));
                guest.Gits().Write32(GitsOffset.Cwriter, 0x20);
                Assert.Equal((0x20u, 0x20u), (guest.Creadr(), guest.Cwriter()));
                Assert.Equal(1, CollectionCount(guest));
            }),
        A(71, "The queue lies above 2^48", "commands are read there")
            .FromDisabledIts()
            .Passes(guest =>
            {
                const ulong Offset = 0x20_0000;
                // What the same address would hold if its upper bits were lost.
                guest.WriteCommand(Places.Ram + Offset, GuestCommand.Mapc(1, 0));
                guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | (Places.HighRam + Offset));
                guest.Gits().Write64(GitsOffset.Cwriter, 0);
                guest.Enable();
                guest.RunClean(GuestCommand.Mapc(2, 3));
                Assert.Equal([(2, 3)], guest.Gic.Inspection.Collections(0)
                    .Select(entry => ((int)entry.Collection.Value, entry.Target.Value)));
            }),
        A(72, "Consumed slots are filled with something else, then new commands follow",
            "what was put there is never executed")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapc(0, 0), GuestCommand.Sync(0));
                guest.WriteCommand(Places.Queue(), GuestCommand.Mapc(100, 1));
                guest.WriteCommand(Places.Queue() + 0x20, GuestCommand.Opcode(UnknownOpcode));
                guest.RunClean(GuestCommand.Mapc(1, 0));
                guest.Disable();
                guest.Enable();
                guest.Drain();
                Assert.Empty(guest.TakeErrors());
                Assert.Equal(
                    [0u, 1u], guest.Gic.Inspection.Collections(0).Select(entry => (uint)entry.Collection.Value));
            }),
        U(73, "An unknown opcode between two valid commands", "both are executed")
            .Chooses("An unknown command is an error that is passed over, as in KVM and QEMU.", guest =>
            {
                guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Opcode(UnknownOpcode), GuestCommand.Mapc(1, 0));
                Assert.Equal([CommandError.UnknownOpcode], guest.TakeErrors());
                Assert.Equal(2, CollectionCount(guest));
            }),
        U(74, "A slot with opcode 0", "as an unknown opcode")
            .Chooses("Opcode 0 is unknown like others.", guest =>
                guest.RunInError(CommandError.UnknownOpcode, GuestCommand.Opcode(0))),
        U(75, "A SYNC whose reserved bits [63:8] are ones", "executed as SYNC")
            .Chooses("Reserved bits are ignored.", guest =>
                guest.RunClean(GuestCommand.Sync(0) with { Dw0 = 0xFFFF_FFFF_FFFF_FF05 })),
    ]);

    /// <summary>Has the queue go on at an offset, with commands that change nothing.</summary>
    public static void SkipTo(Guest guest, int offset)
    {
        guest.RunClean([.. Enumerable.Repeat(GuestCommand.Sync(0), (offset - (int)guest.Cwriter()) / 0x20)]);
        Assert.Equal((ulong)offset, guest.Creadr());
    }

    private static int CollectionCount(Guest guest) => guest.Gic.Inspection.Its(0).CollectionCount;

    private static void RunMapcs(Guest guest, int count, uint collections = uint.MaxValue) =>
        guest.RunClean([.. Enumerable.Range(0, count).Select(n => GuestCommand.Mapc((uint)n % collections, 0))]);

    private static void PublishOutsideRam(Guest guest)
    {
        guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | Places.OutsideRam | 15);
        guest.Enable();
        guest.Gits().Write64(GitsOffset.Cwriter, 0x20);
    }
}
