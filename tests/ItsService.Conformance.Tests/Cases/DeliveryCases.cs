using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.CpuInterface;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class DeliveryCases
{
    private const uint Lpi = 8192;
    private const uint OtherLpi = 8193;
    private const ulong EndOfInterruptMode = 1 << 1;

    public static CaseSection Section { get; } = new(RedistributorCases.Title,
    [
        A(195, "Two LPIs are pending with priorities 0x80 and 0x40", "0x40 comes first")
            .Passes(guest =>
            {
                Pend(guest, (Lpi, 0x80), (OtherLpi, 0x40));
                Assert.Equal([OtherLpi, Lpi], guest.Cpu(0).TakeAll());
            }),
        Q(196, "LPI 8200, then LPI 8192 become pending with one priority", "8192 comes first")
            .Passes(guest =>
            {
                Pend(guest, (8200, 0xA0), (Lpi, 0xA0));
                Assert.Equal([Lpi, 8200u], guest.Cpu(0).TakeAll());
            }),
        A(197, "An LPI is pending whose priority is that of the mask", "not signalled; HPPIR1 shows it")
            .Passes(guest =>
            {
                guest.Cpu(0).Mask(0xA0);
                Pend(guest, (Lpi, 0xA0));
                Assert.False(guest.Cpu(0).IsAsserted);
                Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
                Assert.Equal(Lpi, guest.Cpu(0).HighestPending);
                guest.Cpu(0).Mask(0xA8);
                guest.AssertDelivered(Lpi, 0);
            }),
        A(198, "An LPI of lower priority becomes pending while another runs", "not signalled until its end")
            .Passes(guest =>
            {
                Pend(guest, (Lpi, 0x40));
                Assert.Equal(Lpi, guest.Cpu(0).Acknowledge());
                Pend(guest, (OtherLpi, 0xA0));
                Assert.False(guest.Cpu(0).IsAsserted);
                Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
                guest.Cpu(0).End(Lpi);
                Assert.True(guest.Cpu(0).IsAsserted);
                guest.AssertDelivered(OtherLpi, 0);
            }),
        A(199, "An LPI of priority 0x20 becomes pending while one of 0xA0 runs", "it pre-empts; RPR goes down and up")
            .Passes(guest =>
            {
                Pend(guest, (Lpi, 0xA0));
                Assert.Equal(Lpi, guest.Cpu(0).Acknowledge());
                Assert.Equal(0xA0u, guest.Cpu(0).RunningPriority);
                Pend(guest, (OtherLpi, 0x20));
                Assert.Equal(OtherLpi, guest.Cpu(0).Acknowledge());
                Assert.Equal(0x20u, guest.Cpu(0).RunningPriority);
                guest.Cpu(0).End(OtherLpi);
                Assert.Equal(0xA0u, guest.Cpu(0).RunningPriority);
                guest.Cpu(0).End(Lpi);
                Assert.Equal(0xFFu, guest.Cpu(0).RunningPriority);
            }),
        A(200, "With EOImode 1 an LPI is ended and not deactivated, then a message", "delivered again")
            .Passes(guest =>
            {
                guest.Cpu(0).Write(SystemRegister.IccCtlr, EndOfInterruptMode);
                Pend(guest, (Lpi, 0xA0));
                guest.AssertDelivered(Lpi, 0);
                guest.Signal(0, Lpi);
                guest.AssertDelivered(Lpi, 0);
            }),
        A(201, "DIR with an LPI", "ignored")
            .Passes(guest =>
            {
                guest.Cpu(0).Write(SystemRegister.IccCtlr, EndOfInterruptMode);
                Pend(guest, (Lpi, 0xA0), (OtherLpi, 0xA0));
                Assert.Equal(Lpi, guest.Cpu(0).Acknowledge());
                var before = Snapshot.Of(guest);
                guest.Cpu(0).Write(SystemRegister.IccDir, Lpi);
                guest.Cpu(0).Write(SystemRegister.IccDir, OtherLpi);
                Assert.Equal(before, Snapshot.Of(guest));
            }),
        A(202, "IAR1 is read while IGRPEN1 is 0 and an LPI is pending", "1023; it stays pending")
            .Passes(guest =>
            {
                guest.Cpu(0).Write(SystemRegister.IccIgrpen1, 0);
                Pend(guest, (Lpi, 0xA0));
                guest.AssertNothingDelivered();
                guest.Cpu(0).Write(SystemRegister.IccIgrpen1, 1);
                guest.AssertDelivered(Lpi, 0);
            }),
        A(203, "IAR0 is read while an LPI is pending", "1023: LPIs are of group 1")
            .Passes(guest =>
            {
                Pend(guest, (Lpi, 0xA0));
                guest.Cpu(0).Write(SystemRegister.IccIgrpen0, 1);
                Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Read(SystemRegister.IccIar0));
                guest.AssertDelivered(Lpi, 0);
            }),
        A(204, "Sixteen LPIs for each of four vCPUs, 64 messages in turn", "each vCPU takes its own sixteen")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)));
                for (var vcpu = 0u; vcpu < 4; vcpu++)
                {
                    guest.RunClean(GuestCommand.Mapc(vcpu, vcpu));
                }

                for (var eventId = 0u; eventId < 64; eventId++)
                {
                    guest.RunClean(GuestCommand.Mapti(0, eventId, Lpi + eventId, eventId % 4));
                }

                for (var eventId = 0u; eventId < 64; eventId++)
                {
                    Assert.Equal(MsiOutcome.Pended, guest.Signal(0, eventId));
                }

                for (var vcpu = 0u; vcpu < 4; vcpu++)
                {
                    var own = Enumerable.Range(0, 16).Select(n => Lpi + vcpu + (4 * (uint)n));
                    Assert.Equal(own, guest.Cpu((int)vcpu).TakeAll());
                }
            }),
        A(205, "With 11 INTID bits in PROPBASER, MAPTI of INTID 8192, then a message", "never delivered")
            .Passes(guest =>
            {
                guest.SetIntIdBits(11);
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
                guest.AssertLpiIsBeyondTheTable(0, Lpi);
            }),
        A(206, "The first 1 KiB of the pending table is ones, then EnableLPIs", "no INTID below 8192 is pending")
            .Passes(guest =>
            {
                guest.SetLpisEnabled(0, false);
                guest.Fill(Places.PendingTable(0), 1024, 0xFF);
                guest.SetLpisEnabled(0, true);
                Assert.Empty(guest.PendingAt(0));
                guest.AssertNothingDelivered();
            }),
    ]);

    /// <summary>Maps each LPI to the event of its number at vCPU 0 and sends its message.</summary>
    private static void Pend(Guest guest, params (uint Lpi, byte Priority)[] lpis)
    {
        if (guest.Gic.Inspection.Its(0).DeviceCount == 0)
        {
            guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        }

        foreach (var (lpi, priority) in lpis)
        {
            guest.Configure(lpi, (byte)(priority | 1));
            guest.RunClean(GuestCommand.Mapti(0, lpi, lpi, 0));
            Assert.Equal(MsiOutcome.Pended, guest.Signal(0, lpi));
        }
    }
}
