using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core;
using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class ControlRegisterCases
{
    private const uint Disabled = 0x8000_0000;
    private const uint EnabledAndQuiescent = 0x8000_0001;

    public static CaseSection Section { get; } = new("ITS registers: GITS_CTLR",
    [
        K(20, "GITS_CTLR is read while the queue is empty", "Enabled and Quiescent are 1")
            .Passes(guest => Assert.Equal(EnabledAndQuiescent, Ctlr(guest))),
        A(21, "The ITS is disabled while the queue is empty", "Quiescent becomes 1 in bounded time")
            .Passes(guest =>
            {
                guest.Disable();
                Assert.Equal(Disabled, Ctlr(guest));
            }),
        K(22, "Three commands are queued while the ITS is disabled", "Quiescent is 0, as CREADR differs from CWRITER")
            .FromDisabledIts()
            .IsNotFollowed(
                "GITS_CTLR.Quiescent: 1 says that the ITS is idle. Disabled it is, whatever the queue holds.",
                "Quiescent is 1",
                QueueThreeWhileDisabled),
        Q(23, "Three commands are queued while the ITS is disabled", "Quiescent is 1")
            .FromDisabledIts()
            .Passes(QueueThreeWhileDisabled),
        K(24, "Enabled is set after a reset, and while CBASER alone is not valid", "it stays 0")
            .FromReset()
            .Passes(guest =>
            {
                guest.Enable();
                Assert.Equal(Disabled, Ctlr(guest));
                guest.PlaceTables();
                AssertEnableIsIgnored(guest, GitsOffset.Cbaser);
            }),
        K(25, "Enabled is set while BASER0 alone is not valid", "it stays 0")
            .FromDisabledIts()
            .Passes(guest => AssertEnableIsIgnored(guest, GitsOffset.Baser0)),
        K(26, "Enabled is set while BASER1 alone is not valid", "it stays 0")
            .FromDisabledIts()
            .Passes(guest => AssertEnableIsIgnored(guest, GitsOffset.Baser1)),
        Q(27, "Enabled is set while nothing is valid", "it reads 1; the tables have no entries, commands are errors")
            .FromReset()
            .Passes(EnableWithoutTables),
        A(28, "0xFFFFFFFE is written to GITS_CTLR of an enabled ITS", "Enabled reads 0, and so do the absent fields")
            .Passes(guest =>
            {
                guest.Gits().Write32(GitsOffset.Ctlr, 0xFFFF_FFFE);
                Assert.Equal(Disabled, Ctlr(guest));
            }),
        A(29, "The ITS is disabled and enabled, then a message of a mapped event comes", "it is delivered")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                guest.Disable();
                guest.Enable();
                Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
                guest.AssertDelivered(8192, 0);
            }),
        A(30, "A device writes GITS_TRANSLATER while the ITS is disabled", "dropped, and not remembered")
            .Passes(WriteTranslaterWhileDisabled),
        A(31, "Two commands are queued while the ITS is disabled, then it is enabled", "both are executed")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.Publish(0, GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
                Assert.Equal(0u, guest.Creadr());
                guest.Enable();
                Assert.Equal(0x40u, guest.Creadr());
                Assert.Equal((1, 1), Mapped(guest));
            }),
        A(32, "Enabled is set again while the queue is empty", "nothing changes")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                var before = Snapshot.Of(guest);
                guest.Enable();
                Assert.Equal(before, Snapshot.Of(guest));
            }),
    ]);

    private static ulong Ctlr(Guest guest) => guest.Gits().Read32(GitsOffset.Ctlr);

    private static (int Devices, int Collections) Mapped(Guest guest) =>
        (guest.Gic.Inspection.Its(0).DeviceCount, guest.Gic.Inspection.Its(0).CollectionCount);

    private static void QueueThreeWhileDisabled(Guest guest)
    {
        guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Sync(0), GuestCommand.Sync(0));
        Assert.Equal((0u, 0x60u), (guest.Creadr(), guest.Cwriter()));
        Assert.Equal(Disabled, Ctlr(guest));
    }

    private static void AssertEnableIsIgnored(Guest guest, int invalid)
    {
        var valid = guest.Gits().Read64(invalid);
        guest.Gits().Write64(invalid, valid & ~Guest.Valid);
        guest.Enable();
        Assert.Equal(Disabled, Ctlr(guest));

        // With it alone valid again the same write is taken.
        guest.Gits().Write64(invalid, valid);
        guest.Enable();
        Assert.Equal(EnabledAndQuiescent, Ctlr(guest));
    }

    private static void EnableWithoutTables(Guest guest)
    {
        guest.Enable();
        Assert.Equal(EnabledAndQuiescent, Ctlr(guest));
        Assert.Equal(MsiOutcome.DroppedDeviceOutOfRange, guest.Signal(0, 0));

        guest.Disable();
        guest.PlaceQueue(0, queuePages: 1);
        guest.Enable();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        Assert.Equal(
            [CommandError.MapdDeviceOutOfRange, CommandError.MapcCollectionOutOfRange], guest.TakeErrors());
    }

    private static void WriteTranslaterWhileDisabled(Guest guest)
    {
        guest.Map(0, 0, 8192);
        guest.Disable();
        var result = guest.Gits().TryWrite(GitsOffset.Translater, 4, 0, new DeviceId(0));
        Assert.Equal(AccessStatus.Ok, result.Status);
        Assert.Equal(MsiOutcome.DroppedItsDisabled, result.Msi?.Outcome);
        guest.Enable();
        guest.AssertNothingDelivered();
        Assert.Empty(guest.PendingAt(0));
    }
}
