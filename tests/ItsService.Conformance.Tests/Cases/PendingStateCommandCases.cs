using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>DISCARD, INT and CLEAR; <see cref="ConfigurationCommandCases"/> has the others of the section.</summary>
internal static class PendingStateCommandCases
{
    public const string Title = "Commands: DISCARD, INT, CLEAR, INV, INVALL, SYNC";

    private const uint Lpi = 8192;
    private const uint OtherLpi = 8200;

    public static CaseSection Section { get; } = new(Title,
    [
        A(135, "DISCARD, then a message", "not delivered; KVM answers 0")
            .From(Mapped)
            .Passes(
                guest =>
                {
                    guest.RunClean(GuestCommand.Discard(0, 0));
                    Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
                    guest.AssertNothingDelivered();
                },
                ApiCases.MessageAfterDiscard),
        A(136, "DISCARD while the LPI is pending and masked, then unmasked", "not delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                PendMasked(guest);
                guest.RunClean(GuestCommand.Discard(0, 0));
                guest.Cpu(0).Unmask();
                guest.AssertNothingDelivered();
            }),
        U(137, "DISCARD of an event that is not mapped", "0x010F07")
            .From(Mapped)
            .Chooses("Event unmapped.", guest =>
                guest.RunInError(CommandError.DiscardUnmappedInterrupt, GuestCommand.Discard(0, 1))),
        A(138, "DISCARD, MAPTI of the same event with another LPI, then a message", "the new LPI is delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Discard(0, 0), GuestCommand.Mapti(0, 0, OtherLpi, 0));
                guest.Signal(0, 0);
                guest.AssertDelivered(OtherLpi, 0);
            }),
        A(139, "A message, DISCARD, a message", "the second is not delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
                guest.RunClean(GuestCommand.Discard(0, 0));
                guest.Signal(0, 0);
                guest.AssertNothingDelivered();
            }),
        K(140, "DISCARD of an event that was saved", "its entry in the table is zero")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapti(0, 1, Lpi + 1, 0));
                guest.SaveTables();
                guest.Resume();
                Assert.Equal(TableEntry.Event(Lpi, 0, next: 1), guest.GetEvent(0, 0));
                guest.RunClean(GuestCommand.Discard(0, 0));
                Assert.Equal((0u, TableEntry.Event(Lpi + 1, 0)), (guest.GetEvent(0, 0), guest.GetEvent(0, 1)));
            }),
        A(141, "INT of a mapped event", "delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Int(0, 0));
                guest.AssertDelivered(Lpi, 0);
            }),
        U(142, "INT of an event that is not mapped", "0x010307, no stall")
            .From(Mapped)
            .Chooses("Event unmapped; passed over in both profiles.", guest =>
            {
                guest.RunInError(CommandError.IntUnmappedInterrupt, GuestCommand.Int(0, 1));
                guest.AssertNothingDelivered();
            }),
        U(143, "INT of a device that is not mapped", "an error")
            .From(Mapped)
            .Chooses("Device unmapped, 0x010304; KVM says 0x010307.", guest =>
            {
                guest.RunInError(CommandError.IntUnmappedDevice, GuestCommand.Int(1, 0));
                guest.AssertNothingDelivered();
            }),
        U(144, "INT while the event's collection is not mapped", "0x010307")
            .From(Mapped)
            .Chooses("Collection unmapped, 0x010309; KVM says 0x010307.", guest =>
            {
                guest.RunClean(GuestCommand.MapcUnmap(0));
                guest.RunInError(CommandError.IntUnmappedCollection, GuestCommand.Int(0, 0));
                guest.AssertNothingDelivered();
            }),
        A(145, "INT twice before the acknowledge", "one delivery")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Int(0, 0), GuestCommand.Int(0, 0));
                guest.AssertDelivered(Lpi, 0);
            }),
        A(146, "INT, acknowledge, INT, end of interrupt", "a second delivery after the end")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Int(0, 0));
                Assert.Equal(Lpi, guest.Cpu(0).Acknowledge());
                guest.RunClean(GuestCommand.Int(0, 0));
                Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
                guest.Cpu(0).End(Lpi);
                guest.AssertDelivered(Lpi, 0);
            }),
        A(147, "INT while the target's LPIs are disabled, which are enabled later", "not delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.SetLpisEnabled(0, false);
                guest.Run(GuestCommand.Int(0, 0));
                guest.SetLpisEnabled(0, true);
                guest.AssertNothingDelivered();
                Assert.Empty(guest.PendingAt(0));
            }),
        A(148, "CLEAR of an LPI that is pending and masked, then unmasked", "not delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                PendMasked(guest);
                guest.RunClean(GuestCommand.Clear(0, 0));
                guest.Cpu(0).Unmask();
                guest.AssertNothingDelivered();
            }),
        A(149, "CLEAR of an LPI that is not pending", "nothing changes")
            .From(Mapped)
            .Passes(guest =>
            {
                var before = Snapshot.WithoutQueue(guest);
                guest.RunClean(GuestCommand.Clear(0, 0));
                Assert.Equal(before, Snapshot.WithoutQueue(guest));
            }),
        U(150, "CLEAR of an event that is not mapped", "0x010507")
            .From(Mapped)
            .Chooses("Event unmapped.", guest =>
                guest.RunInError(CommandError.ClearUnmappedInterrupt, GuestCommand.Clear(0, 1))),
        A(151, "CLEAR after the acknowledge", "the running priority stays")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.Signal(0, 0);
                Assert.Equal(Lpi, guest.Cpu(0).Acknowledge());
                guest.RunClean(GuestCommand.Clear(0, 0));
                Assert.Equal(0xA0u, guest.Cpu(0).RunningPriority);
                guest.Cpu(0).End(Lpi);
                Assert.Equal(0xFFu, guest.Cpu(0).RunningPriority);
            }),
    ]);

    private static Guest Mapped(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, Lpi);
        return guest;
    }

    private static void PendMasked(Guest guest)
    {
        guest.Cpu(0).MaskAll();
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }
}
