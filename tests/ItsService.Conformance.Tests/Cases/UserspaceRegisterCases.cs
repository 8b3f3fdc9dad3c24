using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>Userspace's accesses to the ITS; <see cref="UserspaceControllerCases"/> has the rest.</summary>
internal static class UserspaceRegisterCases
{
    public const string Title = "Userspace access";

    private const uint Lpi = 8192;

    public static CaseSection Section { get; } = new(Title,
    [
        K(224, "ITS register attribute at a misaligned offset", "-EINVAL")
            .PassesByItself(_ => AttributeApiCases.MisalignedRegister()),
        K(225, "ITS register attribute at 0x98, where there is none", "-ENXIO")
            .PassesByItself(_ => AttributeApiCases.NoSuchRegister()),
        K(226, "ITS register attribute before the ITS has an address", "-ENXIO")
            .PassesByItself(_ => FramePlaceApiCases.RegistersBeforeTheIts()),
        K(227, "ITS register attribute while a vCPU runs", "-EBUSY")
            .IsNotFollowedByItself(
                Clauses.ReadsInBothStates,
                "EBUSY for a write; a read tells the present value.",
                _ => AttributeApiCases.RegisterWhileRunning()),
        K(228, "A value at a bad user pointer", "-EFAULT")
            .HasNoCounterpart("Values come in the message: there is no user pointer."),
        K(229, "GITS_IIDR is set with Revision 1", "-EINVAL, Revision stays 0")
            .PassesByItself(_ => AttributeApiCases.AnotherRevision()),
        K(230, "GITS_IIDR is set with Revision 0 and other fields changed", "success, it reads as before")
            .Passes(guest =>
            {
                guest.Gic.Pause();
                var before = guest.GetIts(GitsOffset.Iidr);
                guest.SetIts(GitsOffset.Iidr, ~before & ~0xF000UL);
                Assert.Equal(before, guest.GetIts(GitsOffset.Iidr));
                guest.Resume();
                Assert.Equal(before, guest.Gits().Read32(GitsOffset.Iidr));
            }),
        K(231, "GITS_CREADR is set to 0x40 while the ITS is disabled", "stored")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.Gic.Pause();
                guest.SetIts(GitsOffset.Creadr, 0x40);
                Assert.Equal(0x40u, guest.GetIts(GitsOffset.Creadr));
                guest.Resume();
                Assert.Equal(0x40u, guest.Creadr());
            }),
        K(232, "GITS_CREADR is set while the ITS is enabled", "-EBUSY")
            .IsNotFollowed(
                Clauses.JudgedAtResume,
                "Staged like the others; after Resume the queue goes on from there.",
                ReadPointerOfAnEnabledIts),
        K(233, "GITS_CREADR is set to the queue's size or more", "-EINVAL")
            .FromDisabledIts()
            .IsNotFollowed(Clauses.JudgedAtResume, "EINVAL at Resume.", guest =>
            {
                foreach (var offset in (ulong[])[0x1_0000, 0xF_FFE0])
                {
                    guest.Gic.Pause();
                    guest.SetIts(GitsOffset.Creadr, offset);
                    guest.AssertRefused(Vmm.Einval, "its[0].GITS_CREADR");
                    guest.SetIts(GitsOffset.Creadr, 0xFFE0);
                    guest.Resume();
                    Assert.Equal(0xFFE0u, guest.Creadr());
                }
            }),
        K(234, "GITS_CREADR is set to 0x1000 after the queue became 4 KiB", "-EINVAL")
            .FromDisabledIts()
            .IsNotFollowed(Clauses.JudgedAtResume, "EINVAL at Resume, for the queue as it is then.", guest =>
            {
                guest.Gic.Pause();
                guest.SetIts(GitsOffset.Cbaser, Guest.Valid | Places.Queue());
                guest.SetIts(GitsOffset.Creadr, 0x1000);
                guest.AssertRefused(Vmm.Einval, "its[0].GITS_CREADR");
                guest.SetIts(GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 1);
                guest.Resume();
                Assert.Equal(0x1000u, guest.Creadr());
            }),
        K(235, "GITS_CBASER is set, CREADR and CWRITER are read", "0")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.Gits().Write64(GitsOffset.Cwriter, 0x60);
                guest.Gic.Pause();
                guest.SetIts(GitsOffset.Creadr, 0x20);
                guest.Resume();
                guest.Gic.Pause();
                Assert.Equal((0x20u, 0x60u), (guest.GetIts(GitsOffset.Creadr), guest.GetIts(GitsOffset.Cwriter)));
                guest.SetIts(GitsOffset.Cbaser, guest.GetIts(GitsOffset.Cbaser));
                Assert.Equal((0u, 0u), (guest.GetIts(GitsOffset.Creadr), guest.GetIts(GitsOffset.Cwriter)));
                guest.Resume();
                Assert.Equal((0u, 0u), (guest.Creadr(), guest.Cwriter()));
            }),
        K(236, "GITS_CWRITER is set while the ITS is enabled", "commands run")
            .IsNotFollowed(
                Clauses.NothingIsExecuted,
                "Nothing runs while the VM is paused; the commands run after Resume, once.",
                guest =>
                {
                    guest.Map(0, 0, Lpi);
                    var written = guest.Queue(0, GuestCommand.Int(0, 0));
                    var read = guest.Creadr();
                    guest.Gic.Pause();
                    guest.SetIts(GitsOffset.Cwriter, written);
                    Assert.Equal(read, guest.GetIts(GitsOffset.Creadr));
                    Assert.False(guest.Gic.HasRunnableCommands);
                    Assert.Empty(guest.PendingAt(0));
                    guest.Resume();
                    guest.Drain();
                    Assert.Equal((written, written), (guest.Creadr(), guest.Cwriter()));
                    guest.AssertDelivered(Lpi, 0);
                }),
        K(237, "GITS_CTLR is set to 1 while the tables are not valid", "success, Enabled reads 0")
            .FromReset()
            .IsNotFollowed(Clauses.JudgedAtResume, "Enabled reads 1 as it was written; EINVAL at Resume.", guest =>
            {
                guest.Gic.Pause();
                guest.SetIts(GitsOffset.Ctlr, 1);
                Assert.Equal(1u, guest.GetIts(GitsOffset.Ctlr) & 1);
                guest.AssertRefused(Vmm.Einval, "its[0].GITS_CTLR");
                guest.SetIts(GitsOffset.Ctlr, 0);
                guest.Resume();
                Assert.Equal(0u, guest.Gits().Read32(GitsOffset.Ctlr) & 1);
            }),
        K(238, "GITS_TYPER is set", "success, it reads as before")
            .Passes(guest =>
            {
                guest.Gic.Pause();
                var before = guest.GetIts(GitsOffset.Typer);
                guest.SetIts(GitsOffset.Typer, ~before);
                Assert.Equal(before, guest.GetIts(GitsOffset.Typer));
                guest.Resume();
                Assert.Equal(before, guest.Gits().Read64(GitsOffset.Typer));
            }),
    ]);

    private static void ReadPointerOfAnEnabledIts(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        guest.Gic.Pause();
        guest.SetIts(GitsOffset.Creadr, 0x200);
        guest.SetIts(GitsOffset.Cwriter, 0x200);
        Assert.Equal(0x200u, guest.GetIts(GitsOffset.Creadr));
        guest.Resume();
        Assert.False(guest.Gic.HasRunnableCommands);
        Assert.Equal((0x200u, 0x200u), (guest.Creadr(), guest.Cwriter()));
        guest.RunClean(GuestCommand.Int(0, 0));
        Assert.Equal(0x220u, guest.Creadr());
        guest.AssertDelivered(Lpi, 0);
    }
}
