using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;
using static ItsService.Conformance.Tests.Support.ItsStep;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The order of a restore, and commands in flight.</summary>
internal static class RestoreOrderCases
{
    private const uint Lpi = 8192;
    private const int BatchLength = 100;

    public static CaseSection Section { get; } = new(SaveCases.Title,
    [
        K(280, "GITS_CTLR is restored before the tables, INT is queued", "it runs on an empty ITS, no LPI")
            .From(WithOneCommandAtATime)
            .IsNotFollowed(
                Clauses.NothingIsExecuted,
                "INT runs after Resume, with the tables restored, in either order: delivered once.",
                guest =>
                {
                    guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Int(0, 0));
                    AssertIntRunsOnce(guest, Cbaser, Creadr, Cwriter, Basers, Ctlr, Tables);
                    AssertIntRunsOnce(guest, Cbaser, Creadr, Cwriter, Basers, Tables, Ctlr);
                }),
        K(281, "CBASER, CWRITER, CREADR, BASERs, tables, CTLR", "no command is executed again")
            .Passes(guest => AssertNoReplay(guest, Cbaser, Cwriter, Creadr, Basers, Tables, Ctlr)),
        K(282, "CBASER, CREADR, CWRITER, BASERs, tables, CTLR", "no command is executed again")
            .Passes(guest => AssertNoReplay(guest, Cbaser, Creadr, Cwriter, Basers, Tables, Ctlr)),
        K(283, "CREADR, CWRITER, CBASER", "both pointers are lost")
            .From(WithOneCommandAtATime)
            .IsNotFollowed(
                Clauses.NothingIsExecuted,
                "CBASER clears no pointer that is written itself; the queue goes on where it was.",
                guest =>
                {
                    guest.Publish(0, GuestCommand.Sync(0), GuestCommand.Int(0, 0));
                    AssertIntRunsOnce(guest, Creadr, Cwriter, Cbaser, Basers, Tables, Ctlr);
                }),
        K(284, "CBASER, CWRITER, BASERs, CTLR, CREADR", "consumed slots are executed again, CREADR gives -EBUSY")
            .IsNotFollowed(
                Clauses.NothingIsExecuted,
                "CREADR is taken, and no consumed slot is executed again.",
                guest => AssertNoReplay(guest, Cbaser, Cwriter, Basers, Ctlr, Creadr, Tables)),
        K(285, "CTLR before the tables, the queue is empty", "the tables are restored; messages before that give 0")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                var saved = guest.Save();
                var target = guest.NewVm(saved);
                target.RestoreIts(saved, Cbaser, Creadr, Cwriter, Basers, Ctlr);
                target.Resume();
                Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, target.Signal(0, 0));
                target.Gic.Pause();
                target.RestoreTables();
                target.Resume();
                target.Signal(0, 0);
                target.AssertDelivered(Lpi, 0);
            }),
        K(286, "A BASER is written after the tables are restored",
            "nothing is lost if it is the same value, all if it is made invalid first")
            .IsNotFollowed(
                Clauses.TablesAtResume,
                "Nothing is lost either way: what the register holds at Resume counts.",
                BaserAfterTables),
        K(287, "A disabled ITS with five queued commands is saved and restored", "they run when it is enabled, once")
            .FromDisabledIts()
            .Passes(RunFiveWhenEnabled),
        K(288, "A queue with commands across its end is saved and restored", "they run once")
            .Passes(RunAcrossTheEnd),
        A(289, "The processor is stopped between two of 100 commands, saved and restored", "each runs once")
            .From(WithOneCommandAtATime)
            .Passes(RunEachInAnotherVm),
        K(290, "The first command in flight is a MAPTI that is in the saved tables already", "mapped once")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                guest.Disable();
                guest.Publish(0, GuestCommand.Mapti(0, 0, Lpi, 0), GuestCommand.Int(0, 0));
                var target = guest.Moved();
                target.Enable();
                Assert.Equal(target.Cwriter(), target.Creadr());
                Assert.Empty(target.TakeErrors());
                Assert.Equal(1, Assert.Single(target.Gic.Inspection.Devices(0)).EventCount);
                target.AssertDelivered(Lpi, 0);
            }),
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

    /// <summary>One command has run and INT waits: it runs in the other VM, and not before that is resumed.</summary>
    private static void AssertIntRunsOnce(Guest guest, params ItsStep[] order)
    {
        var saved = guest.Save();
        var target = guest.NewVm(saved);
        target.RestoreIts(saved, order);
        Assert.False(target.Gic.HasRunnableCommands);
        Assert.Equal((0x20u, 0x40u), (target.GetIts(GitsOffset.Creadr), target.GetIts(GitsOffset.Cwriter)));
        Assert.Empty(target.Gic.Counters.Commands());
        target.Resume();
        target.Drain();
        Assert.Equal((0x40u, 0x40u), (target.Creadr(), target.Cwriter()));
        Assert.Equal(1, target.Gic.Counters.IntCommands(MsiOutcome.Pended));
        Assert.Equal(1, target.Gic.Counters.Commands().Sum(count => count.Count));
        target.AssertDelivered(Lpi, 0);
    }

    /// <summary>The guest has put into the slots behind it what would unmap its device.</summary>
    private static void AssertNoReplay(Guest guest, params ItsStep[] order)
    {
        guest.Map(0, 0, Lpi);
        var consumed = guest.Creadr();
        Assert.NotEqual(0u, consumed);
        for (var offset = 0UL; offset < consumed; offset += GuestCommand.SizeBytes)
        {
            guest.WriteCommand(Places.Queue() + offset, GuestCommand.MapdUnmap(0));
        }

        var target = guest.Moved(order);
        Assert.False(target.Gic.HasRunnableCommands);
        Assert.Equal((consumed, consumed), (target.Creadr(), target.Cwriter()));
        target.RunClean(GuestCommand.Int(0, 0));
        Assert.Equal(1, target.Gic.Counters.Commands().Sum(count => count.Count));
        target.AssertDelivered(Lpi, 0);
    }

    private static void BaserAfterTables(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        var saved = guest.Save();
        foreach (var isMadeInvalid in (bool[])[false, true])
        {
            var target = guest.NewVm(saved);
            target.RestoreIts(saved, Cbaser, Creadr, Cwriter, Basers, Tables);
            if (isMadeInvalid)
            {
                target.SetIts(GitsOffset.Baser0, saved.Its[GitsOffset.Baser0] & ~Guest.Valid);
                target.SetIts(GitsOffset.Baser1, saved.Its[GitsOffset.Baser1] & ~Guest.Valid);
            }

            target.RestoreIts(saved, Basers, Ctlr);
            target.Resume();
            target.Signal(0, 0);
            target.AssertDelivered(Lpi, 0);
        }
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
        var target = guest.Moved();
        target.Drain();
        Assert.Equal((0u, 0xA0u), (target.Creadr(), target.Cwriter()));
        Assert.Empty(target.Gic.Counters.Commands());

        target.Enable();
        Assert.Equal(0xA0u, target.Creadr());
        Assert.Equal(
            Enumerable.Repeat((CommandError.None, 1L), 5),
            target.Gic.Counters.Commands().Select(count => (count.Error, count.Count)));
        target.AssertDelivered(Lpi, 0);
    }

    private static void RunAcrossTheEnd(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        guest.RunClean(GuestCommand.Mapti(0, 1, Lpi + 1, 0));
        QueueRunCases.SkipTo(guest, 0xFFE0);
        guest.Disable();
        guest.Publish(0, GuestCommand.Int(0, 0), GuestCommand.Int(0, 1));
        var target = guest.Moved();
        Assert.Equal((0xFFE0u, 0x20u), (target.Creadr(), target.Cwriter()));

        target.Enable();
        Assert.Equal(0x20u, target.Creadr());
        Assert.Equal([Lpi, Lpi + 1], target.Cpu(0).TakeAll());
        Assert.Equal(2, target.Gic.Counters.IntCommands(MsiOutcome.Pended));
    }

    /// <summary>Each VM executes one command of the queue, and hands the rest on.</summary>
    private static void RunEachInAnotherVm(Guest guest)
    {
        guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Int(0, 0), BatchLength)]);
        guest.AssertDelivered(Lpi, 0);
        for (var executed = 1; executed < BatchLength; executed++)
        {
            guest = guest.Moved();
            Assert.Equal((ulong)executed * GuestCommand.SizeBytes, guest.Creadr());
            guest.AssertNothingDelivered();
            guest.Gic.Step(1);
            Assert.Equal(1, guest.Gic.Counters.IntCommands(MsiOutcome.Pended));
            guest.AssertDelivered(Lpi, 0);
        }

        Assert.Equal(guest.Cwriter(), guest.Creadr());
        Assert.False(guest.Gic.HasRunnableCommands);
    }
}
