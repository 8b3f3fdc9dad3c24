using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>INV, INVALL, SYNC and what is no command of this ITS.</summary>
internal static class ConfigurationCommandCases
{
    private const uint Lpi = 8192;
    private const uint OtherLpi = 8193;
    private const byte EnabledAt20 = 0x23;

    public static CaseSection Section { get; } = new(PendingStateCommandCases.Title,
    [
        A(152, "An LPI is disabled in memory, INV, INT", "pending, not delivered")
            .From(Mapped)
            .Passes(DisableAndInt),
        K(153, "It is enabled in memory again, without INV", "still not delivered")
            .From(Mapped)
            .Passes(guest =>
            {
                DisableAndInt(guest);
                guest.Configure(Lpi, Guest.EnabledAtA0);
                guest.AssertNothingDelivered();
            }),
        A(154, "Then INVALL", "delivered once")
            .From(Mapped)
            .Passes(guest =>
            {
                DisableAndInt(guest);
                guest.Configure(Lpi, Guest.EnabledAtA0);
                guest.RunClean(GuestCommand.Invall(0));
                guest.AssertDelivered(Lpi, 0);
            }),
        K(155, "An LPI is disabled in memory, a message without INV", "delivered: the old configuration holds")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.Configure(Lpi, Guest.DisabledAtA0);
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
            }),
        A(156, "An LPI that is pending below the mask gets a higher priority in memory, then INV",
            "delivered after INV")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.Cpu(0).Mask(0x80);
                guest.Signal(0, 0);
                guest.Configure(Lpi, EnabledAt20);
                guest.AssertNothingDelivered();
                guest.RunClean(GuestCommand.Inv(0, 0));
                guest.AssertDelivered(Lpi, 0);
            }),
        U(157, "INV of an event that is not mapped", "0x010C07")
            .From(Mapped)
            .Chooses("Event unmapped.", guest =>
                guest.RunInError(CommandError.InvUnmappedInterrupt, GuestCommand.Inv(0, 7))),
        U(158, "INV while the event's collection is not mapped", "the configuration is read, or the command ignored")
            .From(Mapped)
            .Chooses("The configuration is read, as in KVM.", guest =>
            {
                guest.RunClean(GuestCommand.MapcUnmap(0));
                guest.Configure(Lpi, Guest.DisabledAtA0);
                guest.RunClean(GuestCommand.Inv(0, 0), GuestCommand.Mapc(0, 0));
                guest.Signal(0, 0);
                guest.AssertNothingDelivered();
                Assert.Equal([Lpi], guest.PendingAt(0));
            }),
        U(159, "INVALL of a collection that is not mapped", "0x010D09")
            .From(Mapped)
            .Chooses("Collection unmapped, as in KVM.", guest =>
                guest.RunInError(CommandError.InvallUnmappedCollection, GuestCommand.Invall(9))),
        K(160, "Two LPIs of two vCPUs are enabled in memory; INVALL of the first one's collection",
            "the first is delivered, the second only after an invalidation of its own")
            .From(Mapped)
            .Passes(InvallOfOneVcpu),
        U(161, "INV of an event while PROPBASER points outside RAM", "CREADR goes on, the old configuration stays")
            .From(Mapped)
            .Chooses("No error of the command; the configuration stays as it was.", guest =>
            {
                guest.SetLpisEnabled(0, false);
                guest.Gicr(0).Write64(GicrOffset.Propbaser, Places.OutsideRam | 15);
                guest.SetLpisEnabled(0, true);
                guest.Configure(Lpi, Guest.DisabledAtA0);
                guest.RunClean(GuestCommand.Inv(0, 0));
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
            }),
        U(162, "SYNC with RDbase 99, then INT", "SYNC does nothing, INT is delivered")
            .From(Mapped)
            .Chooses("RDbase is not checked, as in KVM and QEMU.", guest =>
            {
                guest.RunClean(GuestCommand.Sync(99), GuestCommand.Int(0, 0));
                guest.AssertDelivered(Lpi, 0);
            }),
        A(163, "SYNC alone", "CREADR goes on")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Sync(0));
                Assert.Equal(0x20u, guest.Creadr());
            }),
        U(164, "VMAPP, VMAPTI, VSYNC and VINVALL", "ignored, the queue goes on")
            .Chooses("Unknown opcodes, which are passed over in both profiles.", guest =>
            {
                foreach (byte opcode in (ReadOnlySpan<byte>)[0x29, 0x2A, 0x25, 0x2D])
                {
                    guest.RunInError(CommandError.UnknownOpcode, GuestCommand.Opcode(opcode));
                }

                guest.RunClean(GuestCommand.Mapc(0, 0));
                Assert.Equal(1, guest.Gic.Inspection.Its(0).CollectionCount);
            }),
    ]);

    private static Guest Mapped(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, Lpi);
        return guest;
    }

    private static void DisableAndInt(Guest guest)
    {
        guest.Configure(Lpi, Guest.DisabledAtA0);
        guest.RunClean(GuestCommand.Inv(0, 0), GuestCommand.Int(0, 0));
        guest.AssertNothingDelivered();
        Assert.Equal([Lpi], guest.PendingAt(0));
    }

    private static void InvallOfOneVcpu(Guest guest)
    {
        guest.Configure(Lpi, Guest.DisabledAtA0);
        guest.Configure(OtherLpi, Guest.DisabledAtA0);
        guest.RunClean(
            GuestCommand.Mapti(0, 0, Lpi, 0), GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 1, OtherLpi, 1));
        guest.Configure(Lpi, Guest.EnabledAtA0);
        guest.Configure(OtherLpi, Guest.EnabledAtA0);
        guest.RunClean(GuestCommand.Invall(0));
        Assert.Equal((MsiOutcome.Pended, MsiOutcome.Pended), (guest.Signal(0, 0), guest.Signal(0, 1)));
        guest.AssertDelivered(Lpi, 0);
        guest.RunClean(GuestCommand.Invall(1));
        guest.AssertDelivered(OtherLpi, 1);
    }
}
