using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class MessageCases
{
    private const uint Lpi = 8192;
    private const uint OtherLpi = 8193;

    public static CaseSection Section { get; } = new("Messages",
    [
        K(207, "A message of a mapped event", "1")
            .PassesByItself(_ => ApiCases.MessageOfAMappedEvent()),
        K(208, "A message of an unmapped device, and of an unmapped event", "0")
            .PassesByItself(_ => ApiCases.MessageOfWhatIsNotMapped()),
        K(209, "A message by address without a DeviceID", "-EINVAL")
            .PassesByItself(_ => ApiCases.MessageWithoutDevice()),
        K(210, "A message to the ITS's frames, not to GITS_TRANSLATER", "as to GITS_TRANSLATER")
            .PassesByItself(_ => ApiCases.MessageElsewhereInTheFrames()),
        K(211, "A message to an address of no ITS", "-EINVAL")
            .PassesByItself(_ => ApiCases.MessageToNoIts()),
        K(212, "A message while the ITS is disabled", "-EBUSY")
            .PassesByItself(_ => ApiCases.MessageWhileTheItsIsDisabled()),
        K(213, "A message in a VM without an ITS", "-ENODEV")
            .HasNoCounterpart("Every VM has an ITS."),
        K(214, "A message of an LPI that is disabled", "1; pending only")
            .PassesByItself(_ => ApiCases.MessageOfADisabledLpi()),
        K(215, "A thousand messages, each acknowledged and ended", "each returns 1 and is delivered")
            .PassesByItself(_ => ApiCases.AThousandMessages()),
        A(216, "The same event of two ITSs with different LPIs, a message to each doorbell", "each gives its own LPI")
            .FromTwoIts()
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi, its: 0);
                guest.Map(0, 0, OtherLpi, its: 1);
                Assert.Equal(MsiOutcome.Pended, WriteTranslater(guest, its: 0, sizeBytes: 4, 0));
                guest.AssertDelivered(Lpi, 0);
                Assert.Equal(MsiOutcome.Pended, WriteTranslater(guest, its: 1, sizeBytes: 4, 0));
                guest.AssertDelivered(OtherLpi, 0);
            }),
        A(217, "A device writes event 20 to GITS_TRANSLATER as a halfword", "as a word")
            .Passes(guest =>
            {
                guest.Map(0, 20, Lpi);
                Assert.Equal(MsiOutcome.Pended, WriteTranslater(guest, its: 0, sizeBytes: 2, 20));
                guest.AssertDelivered(Lpi, 0);
                Assert.Equal(MsiOutcome.Pended, WriteTranslater(guest, its: 0, sizeBytes: 4, 20));
                guest.AssertDelivered(Lpi, 0);
            }),
        K(218, "A vCPU stores to GITS_TRANSLATER", "ignored")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                Assert.Null(guest.Gits().TryWrite(GitsOffset.Translater, 4, 0).Msi);
                guest.AssertNothingDelivered();
                Assert.Empty(guest.PendingAt(0));
            }),
        A(219, "A message, MAPD V=0, a message", "the second is not delivered; KVM answers 0")
            .From(WithOneTaken)
            .Passes(
                guest =>
                {
                    guest.RunClean(GuestCommand.MapdUnmap(0));
                    Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                ApiCases.MessageAfterDeviceIsUnmapped),
        A(220, "A message, MAPC V=0, a message", "the second is not delivered; KVM answers 0")
            .From(WithOneTaken)
            .Passes(
                guest =>
                {
                    guest.RunClean(GuestCommand.MapcUnmap(0));
                    Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                ApiCases.MessageAfterCollectionIsUnmapped),
        A(221, "A message, MAPC to another vCPU, a message", "the second is delivered there")
            .From(WithOneTaken)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapc(0, 3));
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 3);
            }),
        K(222, "A message, a reset of the ITS, a message", "-EBUSY, not delivered")
            .From(WithOneTaken)
            .Passes(
                guest =>
                {
                    guest.Gic.Pause();
                    guest.ResetIts();
                    guest.Resume();
                    Assert.Equal(MsiOutcome.DroppedItsDisabled, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                AttributeApiCases.MessageAfterReset),
        A(223, "DISCARD and messages at the same time, many rounds", "after the DISCARD messages are dropped")
            .PassesByItself(ApiCases.DiscardUnderMessages),
    ]);

    private static Guest WithOneTaken(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, Lpi);
        guest.Signal(0, 0);
        guest.AssertDelivered(Lpi, 0);
        return guest;
    }

    private static MsiOutcome? WriteTranslater(Guest guest, int its, int sizeBytes, ulong eventId) =>
        guest.Gits(its).TryWrite(GitsOffset.Translater, sizeBytes, eventId, new DeviceId(0)).Msi?.Outcome;
}
