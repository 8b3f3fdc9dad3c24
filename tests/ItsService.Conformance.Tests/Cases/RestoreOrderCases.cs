using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The order of a restore, commands in flight, pending tables.</summary>
internal static class RestoreOrderCases
{
    private const uint Lpi = 8192;
    private const int BatchLength = 100;

    public static CaseSection Section { get; } = new(SaveCases.Title,
    [
        K(280, "GITS_CTLR is restored before the tables, INT is queued", "it runs on an empty ITS, no LPI")
            .From(WithOneCommandAtATime)
            .IsNotFollowed(
                PausedVm.Clause,
                "Queued commands run after the resume, on the tables as they are then: delivered once.",
                guest =>
                {
                    guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Int(0, 0));
                    guest.AssertPausedTakesNoWrite((GitsOffset.Ctlr, 0), (GitsOffset.Ctlr, 1));
                    guest.AssertNothingDelivered();
                    guest.Drain();
                    guest.AssertDelivered(Lpi, 0);
                },
                rest: Feature.SaveAndRestore),
        K(281, "CBASER, CWRITER, CREADR, BASERs, tables, CTLR", "no command is executed again")
            .Awaits(Feature.SaveAndRestore),
        K(282, "CBASER, CREADR, CWRITER, BASERs, tables, CTLR", "no command is executed again")
            .Awaits(Feature.SaveAndRestore),
        K(283, "CREADR, CWRITER, CBASER", "both pointers are lost")
            .From(WithOneCommandAtATime)
            .IsNotFollowed(
                PausedVm.Clause,
                "A write of CBASER to a paused VM loses no pointer; the queue goes on where it was.",
                guest =>
                {
                    guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Int(0, 0));
                    var (read, written) = (guest.Creadr(), guest.Cwriter());
                    Assert.NotEqual(written, read);
                    guest.AssertPausedTakesNoWrite(
                        (GitsOffset.Creadr, read),
                        (GitsOffset.Cwriter, written),
                        (GitsOffset.Cbaser, guest.Gits().Read64(GitsOffset.Cbaser)));
                    Assert.Equal((read, written), (guest.Creadr(), guest.Cwriter()));
                    guest.Drain();
                    guest.AssertDelivered(Lpi, 0);
                },
                rest: Feature.SaveAndRestore),
        K(284, "CBASER, CWRITER, BASERs, CTLR, CREADR", "consumed slots are executed again, CREADR gives -EBUSY")
            .From(WithOneCommandAtATime)
            .IsNotFollowed(
                PausedVm.Clause,
                "A consumed slot is never executed again.",
                guest =>
                {
                    guest.RunClean(GuestCommand.Int(0, 0));
                    guest.AssertDelivered(Lpi, 0);
                    guest.AssertPausedTakesNoWrite(
                        (GitsOffset.Cbaser, guest.Gits().Read64(GitsOffset.Cbaser)),
                        (GitsOffset.Cwriter, guest.Cwriter()),
                        (GitsOffset.Baser0, guest.Gits().Read64(GitsOffset.Baser0)),
                        (GitsOffset.Baser1, guest.Gits().Read64(GitsOffset.Baser1)),
                        (GitsOffset.Ctlr, 1),
                        (GitsOffset.Creadr, guest.Creadr()));
                    guest.Drain();
                    guest.AssertNothingDelivered();
                },
                rest: Feature.SaveAndRestore),
        K(285, "CTLR before the tables, the queue is empty", "the tables are restored; messages before that give 0")
            .Awaits(Feature.SaveAndRestore),
        K(286, "A BASER is written after the tables are restored", "nothing is lost if it is the same value")
            .Awaits(Feature.SaveAndRestore),
        K(287, "A disabled ITS with five queued commands is saved and restored", "they run when it is enabled, once")
            .Awaits(Feature.SaveAndRestore),
        K(288, "A queue with commands across its end is saved and restored", "they run once")
            .Awaits(Feature.SaveAndRestore),
        A(289, "The processor is stopped between two of 100 commands, saved and restored", "each runs once")
            .From(WithOneCommandAtATime)
            .Awaits(Feature.SaveAndRestore, "paused and resumed between every two", guest =>
            {
                guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Int(0, 0), BatchLength)]);
                for (var executed = 1; executed <= BatchLength; executed++)
                {
                    Assert.Equal((ulong)executed * GuestCommand.SizeBytes, guest.Creadr());
                    guest.AssertDelivered(Lpi, 0);
                    guest.AssertPausedTakesNoWrite((GitsOffset.Ctlr, 1));
                    guest.Gic.Step(1);
                }

                Assert.False(guest.Gic.HasRunnableCommands);
                guest.AssertNothingDelivered();
            }),
        K(290, "The first command in flight is a MAPTI that is in the saved tables already", "mapped once")
            .Awaits(Feature.SaveAndRestore),
        K(291, "The pending tables are saved while LPI 8192 is pending on 0",
            "bit 0 of byte 1024 is 1, no other changes")
            .From(PendingMasked)
            .Awaits(Feature.SaveAndRestore, "EnableLPIs 1→0 writes that bit and no other", guest =>
            {
                guest.SetLpisEnabled(0, false);
                var table = guest.ReadBytes(Places.PendingTable(0), 8192);
                Assert.Equal(1, table[1024]);
                Assert.Equal(1, table.Sum(value => value));
            }),
        K(292, "The pending tables are saved and restored", "the LPI is delivered once, its bit is consumed")
            .Awaits(Feature.SaveAndRestore),
        K(293, "They are saved, the LPI is acknowledged, they are saved again", "the bit is 0")
            .From(PendingMasked)
            .Awaits(Feature.SaveAndRestore, "EnableLPIs 1→0 in place of the saves", guest =>
            {
                guest.RestartLpis(0);
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(Lpi, 0);
                Assert.Equal(1, guest.ReadByte(Places.PendingByte(0, Lpi)));
                guest.SetLpisEnabled(0, false);
                Assert.Equal(0, guest.ReadByte(Places.PendingByte(0, Lpi)));
            }),
        K(294, "The pending tables are saved before the controller is initialised", "-ENXIO")
            .Awaits(Feature.SaveAndRestore),
        K(295, "They are saved while one lies outside RAM", "-EFAULT")
            .Awaits(Feature.SaveAndRestore),
        K(296, "PENDBASER is restored after GICR_CTLR", "ignored")
            .Awaits(Feature.SaveAndRestore),
        K(297, "The redistributors are restored before the ITS", "a pending LPI is delivered")
            .Awaits(Feature.SaveAndRestore),
        K(298, "The redistributors are restored after the ITS", "configurations stay as read before until INV")
            .Awaits(Feature.SaveAndRestore),
        K(299, "The vCPUs are made in another order with the same numbers", "collections go by number")
            .Awaits(Feature.SaveAndRestore),
        K(300, "A save while a vCPU runs", "-EBUSY")
            .Awaits(Feature.SaveAndRestore),
        K(301, "The tables are saved while dirty pages are tracked", "the pages of all three tables are dirty")
            .Awaits(Feature.SaveAndRestore),
        K(302, "An event whose collection was unmapped is saved", "passed over, success")
            .Awaits(Feature.SaveAndRestore),
        K(303, "A restore with an LPI beyond PROPBASER's range", "accepted")
            .Awaits(Feature.SaveAndRestore),
    ]);

    /// <summary>An event of device 0; a write of CWRITER runs one command, the others wait for a step.</summary>
    private static Guest WithOneCommandAtATime(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile, InlineCommandsMax = 1 });
        guest.Map(0, 0, Lpi);
        guest.Disable();
        guest.PlaceQueue(0, queuePages: 16);
        guest.Enable();
        return guest;
    }

    private static Guest PendingMasked(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, Lpi);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        return guest;
    }
}
