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
            .Awaits(Feature.DeviceAttributes),
        K(225, "ITS register attribute at 0x98, where there is none", "-ENXIO")
            .Awaits(Feature.DeviceAttributes),
        K(226, "ITS register attribute before the ITS has an address", "-ENXIO")
            .Awaits(Feature.DeviceAttributes),
        K(227, "ITS register attribute while a vCPU runs", "-EBUSY")
            .Awaits(Feature.DeviceAttributes),
        K(228, "A value at a bad user pointer", "-EFAULT")
            .HasNoCounterpart("Values come in the message: there is no user pointer."),
        K(229, "GITS_IIDR is set with Revision 1", "-EINVAL, Revision stays 0")
            .Awaits(Feature.DeviceAttributes),
        K(230, "GITS_IIDR is set with Revision 0 and other fields changed", "success, it reads as before")
            .Awaits(Feature.DeviceAttributes),
        K(231, "GITS_CREADR is set to 0x40 while the ITS is disabled", "stored")
            .Awaits(Feature.DeviceAttributes),
        K(232, "GITS_CREADR is set while the ITS is enabled", "-EBUSY")
            .Awaits(Feature.DeviceAttributes),
        K(233, "GITS_CREADR is set to the queue's size or more", "-EINVAL")
            .Awaits(Feature.DeviceAttributes),
        K(234, "GITS_CREADR is set to 0x1000 after the queue became 4 KiB", "-EINVAL")
            .Awaits(Feature.DeviceAttributes),
        K(235, "GITS_CBASER is set, CREADR and CWRITER are read", "0")
            .Awaits(Feature.DeviceAttributes, "a guest that sets it reads 0", guest =>
            {
                QueueRegisterCases.WriteCbaserAgain(guest);
                Assert.Equal((0u, 0u), (guest.Creadr(), guest.Cwriter()));
            }),
        K(236, "GITS_CWRITER is set while the ITS is enabled", "commands run")
            .IsNotFollowed(
                PausedVm.Clause,
                "While the VM is paused the write is not taken and nothing runs; after the resume the guest writes.",
                guest =>
                {
                    var written = guest.Queue(0, GuestCommand.Mapc(0, 0));
                    guest.AssertPausedTakesNoWrite((GitsOffset.Cwriter, written));
                    Assert.Equal(0, guest.Gic.Inspection.Its(0).CollectionCount);
                    guest.Gits().Write64(GitsOffset.Cwriter, written);
                    Assert.Equal(1, guest.Gic.Inspection.Its(0).CollectionCount);
                },
                rest: Feature.DeviceAttributes),
        K(237, "GITS_CTLR is set to 1 while the tables are not valid", "success, Enabled reads 0")
            .FromReset()
            .Awaits(Feature.DeviceAttributes, "a guest that sets it reads 0", guest =>
            {
                guest.Enable();
                Assert.Equal(0u, guest.Gits().Read32(GitsOffset.Ctlr) & 1);
            }),
        K(238, "GITS_TYPER is set", "success, it reads as before")
            .Awaits(Feature.DeviceAttributes, "a guest that sets it reads it as before", guest =>
            {
                var before = guest.Gits().Read64(GitsOffset.Typer);
                guest.Gits().Write64(GitsOffset.Typer, ~before);
                Assert.Equal(before, guest.Gits().Read64(GitsOffset.Typer));
            }),
    ]);
}
