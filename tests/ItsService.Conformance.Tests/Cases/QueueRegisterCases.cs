using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The queue's registers by themselves; <see cref="QueueRunCases"/> has commands run.</summary>
internal static class QueueRegisterCases
{
    public const string Title = "ITS registers: the command queue";

    private const ulong QueueBytes = 0x1_0000;

    public static CaseSection Section { get; } = new(Title,
    [
        U(50, "CBASER is written with address bits [15:12] and without attributes", "[15:12] read 0")
            .FromReset()
            .Chooses("Bits [15:12] read 0. The `kvm` profile makes InnerCache 3 of 0, `qemu` keeps it.", guest =>
            {
                guest.Gits().Write64(GitsOffset.Cbaser, 0x8000_0000_4000_F00F);
                Assert.Equal(
                    guest.IsKvm() ? 0x9800_0000_4000_000Fu : 0x8000_0000_4000_000Fu,
                    guest.Gits().Read64(GitsOffset.Cbaser));
            }),
        K(51, "CWRITER is written, then CBASER again, while disabled", "CREADR and CWRITER are 0")
            .Passes(guest =>
            {
                WriteCbaserAgain(guest);
                Assert.Equal((0u, 0u), (guest.Creadr(), guest.Cwriter()));
            }),
        Q(52, "CWRITER is written, then CBASER again, while disabled", "CREADR is 0, CWRITER is kept")
            .Passes(guest =>
            {
                WriteCbaserAgain(guest);
                Assert.Equal((0u, 0x100u), (guest.Creadr(), guest.Cwriter()));
            }),
        U(53, "CBASER is written while the ITS is enabled", "ignored, CREADR stays")
            .Chooses("The write is ignored, as in KVM and QEMU.", guest =>
            {
                guest.RunClean(GuestCommand.Sync(0));
                var before = guest.Gits().Read64(GitsOffset.Cbaser);
                guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | Places.Scratch);
                Assert.Equal((before, 0x20u), (guest.Gits().Read64(GitsOffset.Cbaser), guest.Creadr()));
            }),
        A(54, "A guest writes CREADR", "it stays")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Sync(0));
                guest.Gits().Write64(GitsOffset.Creadr, 0x400);
                Assert.Equal(0x20u, guest.Creadr());
                guest.Disable();
                guest.Gits().Write64(GitsOffset.Creadr, 0x400);
                Assert.Equal(0x20u, guest.Creadr());
            }),
        Q(55, "A guest writes 0x41 to CREADR while GICD_CTLR.DS is 1", "0x40 is stored")
            .IsNotFollowed(
                "GITS_CREADR is read-only to every guest, whatever GICD_CTLR.DS is.",
                "The write is ignored in every profile.",
                guest =>
                {
                    Assert.NotEqual(0u, guest.Gicd.Read32(0) & (1 << 6));
                    guest.Gits().Write64(GitsOffset.Creadr, 0x41);
                    Assert.Equal(0u, guest.Creadr());
                }),
        A(56, "CWRITER is written with its five lowest bits set", "they read 0")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.Gits().Write64(GitsOffset.Cwriter, 0x11F);
                Assert.Equal(0x100u, guest.Cwriter());
            }),
        U(57, "CWRITER is written with the queue's size, and more", "dropped")
            .In(GicProfiles.Kvm)
            .Chooses("The write is dropped and the old value reads back (`kvm`); case 58 has `qemu`.", guest =>
            {
                guest.RunClean(GuestCommand.Sync(0));
                guest.Gits().Write64(GitsOffset.Cwriter, QueueBytes);
                guest.Gits().Write64(GitsOffset.Cwriter, QueueBytes + 0x40);
                Assert.Equal((0x20u, 0x20u), (guest.Cwriter(), guest.Creadr()));
            }),
        Q(58, "CWRITER is written with the queue's size, and more", "kept; nothing runs until it is in range")
            .Passes(guest =>
            {
                guest.Queue(0, GuestCommand.Mapc(0, 0));
                guest.Gits().Write64(GitsOffset.Cwriter, QueueBytes);
                guest.Drain();
                Assert.Equal((QueueBytes, 0u), (guest.Cwriter(), guest.Creadr()));
                guest.Gits().Write64(GitsOffset.Cwriter, QueueBytes + 0x40);
                guest.Drain();
                Assert.Equal((QueueBytes + 0x40, 0u), (guest.Cwriter(), guest.Creadr()));
                guest.Gits().Write64(GitsOffset.Cwriter, 0x20);
                Assert.Equal(0x20u, guest.Creadr());
                Assert.Equal(1, guest.Gic.Inspection.Its(0).CollectionCount);
            }),
    ]);

    /// <summary>Neither pointer is 0 before.</summary>
    public static void WriteCbaserAgain(Guest guest)
    {
        guest.RunClean(GuestCommand.Sync(0));
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cwriter, 0x100);
        Assert.Equal((0x20u, 0x100u), (guest.Creadr(), guest.Cwriter()));
        guest.PlaceQueueKeepingCwriter(queuePages: 16);
    }
}
