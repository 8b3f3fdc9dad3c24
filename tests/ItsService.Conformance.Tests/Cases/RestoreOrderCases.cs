using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
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
            .Awaits(Feature.SaveAndRestore, "an enabled ITS without mappings drops messages", guest =>
                Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0))),
        K(286, "A BASER is written after the tables are restored",
            "nothing is lost if it is the same value, all if it is made invalid first")
            .Awaits(Feature.SaveAndRestore, "the same by a guest, after its MAPD", WriteBaserAfterMapping),
        K(287, "A disabled ITS with five queued commands is saved and restored", "they run when it is enabled, once")
            .FromDisabledIts()
            .Awaits(Feature.SaveAndRestore, "paused and resumed in place of it", RunFiveWhenEnabled),
        K(288, "A queue with commands across its end is saved and restored", "they run once")
            .Awaits(Feature.SaveAndRestore, "paused and resumed in place of it", RunAcrossTheEnd),
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
            .Awaits(Feature.SaveAndRestore, "MAPTI of what is mapped already is no error, and changes nothing", guest =>
            {
                guest.Map(0, 0, Lpi);
                var before = Snapshot.WithoutQueue(guest);
                guest.RunClean(GuestCommand.Mapti(0, 0, Lpi, 0));
                Assert.Equal(before, Snapshot.WithoutQueue(guest));
            }),
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
            .From(PendingMasked)
            .Awaits(Feature.SaveAndRestore, "EnableLPIs 1→0 and 0→1 in place of it: delivered once", guest =>
            {
                guest.RestartLpis(0);
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(Lpi, 0);
            }),
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
            .HasNoCounterpart("A VM is complete when it is created: there is nothing to initialise."),
        K(295, "They are saved while one lies outside RAM", "-EFAULT")
            .From(PendingMasked)
            .Awaits(Feature.SaveAndRestore, "EnableLPIs 1→0 tells that it could not write the table", guest =>
            {
                guest.Memory.FaultWrites(new(new(Places.PendingTable(0)), 0x1_0000));
                guest.TakeEvents();
                guest.SetLpisEnabled(0, false);
                Assert.Equal(GicEventKind.PendingTableUnwritable, Assert.Single(guest.TakeEvents()).Kind);
            }),
        K(296, "PENDBASER is restored after GICR_CTLR", "ignored, the address stays 0")
            .FromReset()
            .Awaits(Feature.SaveAndRestore, "a guest's write after EnableLPIs is ignored", guest =>
            {
                guest.SetLpisEnabled(0, true);
                guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.PendingTable(0));
                Assert.Equal(0u, guest.Gicr(0).Read64(GicrOffset.Pendbaser) & 0x000F_FFFF_FFFF_0000);
            }),
        K(297, "The redistributors are restored before the ITS", "a pending LPI is delivered")
            .From(WithPendingBit)
            .Awaits(Feature.SaveAndRestore, "EnableLPIs before the ITS is set up and the event mapped", guest =>
            {
                guest.PlaceTables();
                guest.Enable();
                guest.Map(0, 0, Lpi);
                guest.AssertDelivered(Lpi, 0);
            }),
        K(298, "The redistributors are restored after the ITS",
            "pending bits are read at EnableLPIs; configurations stay as read before until INV")
            .Awaits(Feature.SaveAndRestore, "the event is mapped first: its bit is read at EnableLPIs", guest =>
            {
                guest.SetLpisEnabled(0, false);
                guest.Map(0, 0, Lpi);
                guest.SetPendingBit(0, Lpi);
                guest.SetLpisEnabled(0, true);
                guest.AssertDelivered(Lpi, 0);
            }),
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

    private static Guest WithPendingBit(GicProfile profile)
    {
        var guest = new Guest(new GuestOptions { Profile = profile });
        guest.SetPendingBit(0, Lpi);
        guest.StartRedistributors();
        return guest;
    }

    private static void WriteBaserAfterMapping(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, guest.Gits().Read64(GitsOffset.Baser0));
        guest.Enable();
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        guest.AssertDelivered(Lpi, 0);

        BaserCases.MakeInvalidAndValid(guest, GitsOffset.Baser0);
        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
    }

    private static void RunFiveWhenEnabled(Guest guest)
    {
        guest.Publish(
            0,
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(0, 0, Lpi, 0),
            GuestCommand.Int(0, 0),
            GuestCommand.Sync(0));
        guest.Gic.Pause();
        guest.Gic.Resume();
        guest.Drain();
        Assert.Equal((0u, 0xA0u), (guest.Creadr(), guest.Cwriter()));
        Assert.Empty(guest.Gic.Counters.Commands());

        guest.Enable();
        Assert.Equal(0xA0u, guest.Creadr());
        Assert.Equal(
            Enumerable.Repeat((CommandError.None, 1L), 5),
            guest.Gic.Counters.Commands().Select(count => (count.Error, count.Count)));
        guest.AssertDelivered(Lpi, 0);
    }

    private static void RunAcrossTheEnd(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        guest.RunClean(GuestCommand.Mapti(0, 1, Lpi + 1, 0));
        QueueRunCases.SkipTo(guest, 0xFFE0);
        guest.Disable();
        guest.Publish(0, GuestCommand.Int(0, 0), GuestCommand.Int(0, 1));
        guest.Gic.Pause();
        guest.Gic.Resume();
        Assert.Equal((0xFFE0u, 0x20u), (guest.Creadr(), guest.Cwriter()));

        guest.Enable();
        Assert.Equal(0x20u, guest.Creadr());
        Assert.Equal([Lpi, Lpi + 1], guest.Cpu(0).TakeAll());
        Assert.Equal(2, guest.Gic.Counters.IntCommands(MsiOutcome.Pended));
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
