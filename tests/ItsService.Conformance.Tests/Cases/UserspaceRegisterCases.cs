using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>Userspace's accesses to the ITS; <see cref="UserspaceControllerCases"/> has the rest.</summary>
internal static class UserspaceRegisterCases
{
    public const string Title = "Userspace access";

    public static CaseSection Section { get; } = new(Title,
    [
        K(224, "ITS register attribute at a misaligned offset", "-EINVAL")
            .PassesByItself(_ => AttributeCases.MisalignedOffset()),
        K(225, "ITS register attribute at 0x98, where there is none", "-ENXIO")
            .PassesByItself(_ => AttributeCases.NoRegister()),
        K(226, "ITS register attribute before the ITS has an address", "-ENXIO")
            .PassesByItself(_ => AttributeCases.RegisterWithoutAddress()),
        K(227, "ITS register attribute while a vCPU runs", "-EBUSY")
            .PassesByItself(_ => AttributeCases.WhileRunning()),
        K(228, "A value at a bad user pointer", "-EFAULT")
            .HasNoCounterpart("Values come in the message: there is no user pointer."),
        K(229, "GITS_IIDR is set with Revision 1", "-EINVAL, Revision stays 0")
            .PassesByItself(_ => AttributeCases.OtherAbiRevision()),
        K(230, "GITS_IIDR is set with Revision 0 and other fields changed", "success, it reads as before")
            .PassesByItself(_ => AttributeCases.OtherIdentification()),
        K(231, "GITS_CREADR is set to 0x40 while the ITS is disabled", "stored")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.SetFromOutside(GitsOffset.Creadr, 0x40);
                Assert.Equal(0x40u, guest.GetFromOutside(GitsOffset.Creadr));
                Assert.True(guest.Gic.Resume().IsDone);
                Assert.Equal(0x40u, guest.Creadr());
            }),
        K(232, "GITS_CREADR is set while the ITS is enabled", "-EBUSY")
            .IsNotFollowed(PausedVm.Clause, "It is staged, and in force from the resume on.", guest =>
            {
                guest.Map(0, 0, 8192);
                var written = guest.Cwriter();
                guest.SetFromOutside(GitsOffset.Creadr, written);
                Assert.True(guest.Gic.Resume().IsDone);
                Assert.Equal((written, written), (guest.Creadr(), guest.Cwriter()));
            }),
        K(233, "GITS_CREADR is set to the queue's size or more", "-EINVAL")
            .IsNotFollowed(PausedVm.Clause, "The resume is refused with -EINVAL.", guest =>
            {
                guest.SetFromOutside(GitsOffset.Creadr, 0x1_0000);
                guest.AssertResumeIsRefused("its[0].GITS_CREADR");
            }),
        K(234, "GITS_CREADR is set to 0x1000 after the queue became 4 KiB", "-EINVAL")
            .IsNotFollowed(PausedVm.Clause, "The resume is refused with -EINVAL, in either order.", guest =>
            {
                var queue = (1UL << 63) | Places.Queue();
                guest.SetFromOutside(GitsOffset.Cbaser, queue);
                guest.SetFromOutside(GitsOffset.Creadr, 0x1000);
                guest.AssertResumeIsRefused("its[0].GITS_CREADR");
                guest.SetFromOutside(GitsOffset.Cbaser, queue);
                guest.AssertResumeIsRefused("its[0].GITS_CREADR");
            }),
        K(235, "GITS_CBASER is set, CREADR and CWRITER are read", "0")
            .Passes(guest =>
            {
                guest.Map(0, 0, 8192);
                Assert.NotEqual(0u, guest.Cwriter());
                guest.SetFromOutside(GitsOffset.Cbaser, (1UL << 63) | Places.Queue());
                Assert.Equal(
                    (0u, 0u), (guest.GetFromOutside(GitsOffset.Creadr), guest.GetFromOutside(GitsOffset.Cwriter)));
            }),
        K(236, "GITS_CWRITER is set while the ITS is enabled", "commands run")
            .IsNotFollowed(PausedVm.Clause, "They run after the resume, once.", guest =>
            {
                var written = guest.Queue(0, GuestCommand.Mapc(0, 0));
                guest.SetFromOutside(GitsOffset.Cwriter, written);
                Assert.Equal(0, guest.Gic.Inspection.Its(0).CollectionCount);
                Assert.True(guest.Gic.Resume().IsDone);
                Assert.Equal(1, guest.Gic.Step(1000).ExecutedCount);
                Assert.Equal(1, guest.Gic.Inspection.Its(0).CollectionCount);
            }),
        K(237, "GITS_CTLR is set to 1 while the tables are not valid", "success, Enabled reads 0")
            .FromReset()
            .IsNotFollowed(PausedVm.Clause, "The resume is refused with -EINVAL.", guest =>
            {
                guest.SetFromOutside(GitsOffset.Ctlr, 1);
                guest.AssertResumeIsRefused("its[0].GITS_CTLR");
            }),
        K(238, "GITS_TYPER is set", "success, it reads as before")
            .Passes(guest =>
            {
                var before = guest.Gits().Read64(GitsOffset.Typer);
                guest.SetFromOutside(GitsOffset.Typer, ~before);
                Assert.Equal(before, guest.GetFromOutside(GitsOffset.Typer));
                Assert.True(guest.Gic.Resume().IsDone);
                Assert.Equal(before, guest.Gits().Read64(GitsOffset.Typer));
            }),
    ]);
}
