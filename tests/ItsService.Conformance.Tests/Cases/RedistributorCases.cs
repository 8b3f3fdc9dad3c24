using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The redistributor's registers and tables; <see cref="DeliveryCases"/> has what vCPUs take.</summary>
internal static class RedistributorCases
{
    public const string Title = "Redistributor and delivery of LPIs";

    private const uint Lpi = 8192;
    private const uint OtherLpi = 8193;
    private const ulong PendingTableZero = 1UL << 62;
    private const ulong PropbaserReserved = 0xF8F0_0000_0000_0060;
    private const ulong PendbaserReserved = 0xF8F0_0000_0000_F07F;

    public static CaseSection Section { get; } = new(Title,
    [
        K(176, "A message while EnableLPIs is 0, which is set later", "-EBUSY; it does not come later")
            .PassesByItself(_ => ApiCases.MessageWhileLpisAreDisabled()),
        A(177, "The bit of a mapped LPI is set in the pending table, then EnableLPIs with PTZ 0", "delivered")
            .From(MappedAndLpisOff)
            .Passes(guest =>
            {
                guest.SetPendingBit(0, Lpi);
                guest.SetLpisEnabled(0, true);
                guest.AssertDelivered(Lpi, 0);
            }),
        U(178, "The same with PTZ 1", "not delivered")
            .From(MappedAndLpisOff)
            .Chooses("PTZ 1 is believed: the table is not read.", guest =>
            {
                guest.SetPendingBit(0, Lpi);
                guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.PendingTable(0) | PendingTableZero);
                guest.SetLpisEnabled(0, true);
                guest.AssertNothingDelivered();
                Assert.Empty(guest.PendingAt(0));
            }),
        A(179, "PENDBASER is written with PTZ 1 and read", "PTZ reads 0")
            .FromReset()
            .Passes(guest => Assert.Equal(
                Places.PendingTable(0),
                WriteAndRead(guest, GicrOffset.Pendbaser, Places.PendingTable(0) | PendingTableZero)
                    & (PendingTableZero | 0x000F_FFFF_FFFF_0000))),
        U(180, "PENDBASER is written while EnableLPIs is 1", "ignored")
            .Chooses("The write is ignored, as in KVM.", guest =>
            {
                var before = guest.Gicr(0).Read64(GicrOffset.Pendbaser);
                Assert.Equal(before, WriteAndRead(guest, GicrOffset.Pendbaser, Places.Scratch));
            }),
        K(181, "PROPBASER is written at vCPU 0 while LPIs are enabled on vCPU 1 alone", "accepted, for the whole VM")
            .Passes(guest =>
            {
                foreach (var vcpu in (ReadOnlySpan<int>)[0, 2, 3])
                {
                    guest.SetLpisEnabled(vcpu, false);
                }

                var value = WriteAndRead(guest, GicrOffset.Propbaser, Places.Scratch | 14);
                Assert.Equal(Places.Scratch | 14, value & 0x000F_FFFF_FFFF_F01F);
                Assert.All([1, 2, 3], vcpu => Assert.Equal(value, guest.Gicr(vcpu).Read64(GicrOffset.Propbaser)));
            }),
        K(182, "PROPBASER is written at vCPU 0 and read at vCPU 1", "the same value")
            .FromReset()
            .Passes(guest =>
            {
                var value = WriteAndRead(guest, GicrOffset.Propbaser, Places.ConfigurationTable | 13);
                Assert.Equal(Places.ConfigurationTable | 13, value & 0x000F_FFFF_FFFF_F01F);
                Assert.Equal(value, guest.Gicr(1).Read64(GicrOffset.Propbaser));
            }),
        A(183, "Ones are written to PROPBASER", "reserved bits read 0")
            .FromReset()
            .Passes(guest => AssertReservedBits(guest, GicrOffset.Propbaser, PropbaserReserved)),
        A(184, "Ones are written to PENDBASER", "reserved bits and PTZ read 0")
            .FromReset()
            .Passes(guest => AssertReservedBits(guest, GicrOffset.Pendbaser, PendbaserReserved)),
        K(185, "GICR_CTLR is read after EnableLPIs", "EnableLPIs, CES and IR: 7")
            .Passes(guest => Assert.Equal(7u, guest.Gicr(0).Read32(GicrOffset.Ctlr))),
        A(186, "EnableLPIs 1→0", "it reads 0 in bounded time, with RWP 0")
            .Passes(guest =>
            {
                guest.SetLpisEnabled(0, false);
                Assert.Equal(0u, guest.Gicr(0).Read32(GicrOffset.Ctlr) & 0b1001);
            }),
        K(187, "EnableLPIs 1→0 while an LPI is pending and masked, then 0→1", "it is not delivered")
            .From(Mapped)
            .IsNotFollowed(
                "EnableLPIs 1→0 writes what is pending to the pending table, and 0→1 reads it from there.",
                "It is delivered.",
                guest =>
                {
                    guest.Cpu(0).MaskAll();
                    guest.Signal(0, 0);
                    guest.RestartLpis(0);
                    guest.Cpu(0).Unmask();
                    guest.AssertDelivered(Lpi, 0);
                }),
        A(188, "A message is taken; another comes while EnableLPIs is 0, which is then set", "the second is lost")
            .From(Mapped)
            .Passes(guest =>
            {
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
                guest.SetLpisEnabled(0, false);
                Assert.Equal(MsiOutcome.DroppedLpisDisabled, guest.Signal(0, 0));
                guest.SetLpisEnabled(0, true);
                guest.AssertNothingDelivered();
            }),
        A(189, "GICR_TYPER is read at each vCPU", "its number, its affinity, PLPIS; Last at the last")
            .Passes(guest =>
            {
                for (var vcpu = 0u; vcpu < 4; vcpu++)
                {
                    var typer = guest.Gicr((int)vcpu).Read64(GicrOffset.Typer);
                    Assert.Equal(vcpu, (typer >> 8) & 0xFFFF);
                    Assert.Equal(vcpu, typer >> 32);
                    Assert.Equal(vcpu == 3 ? 0b1_0001u : 1u, typer & 0b1_0001);
                }
            }),
        K(190, "An LPI is enabled in memory and named in INVLPIR, then a message", "delivered")
            .From(MappedDisabled)
            .Passes(guest =>
            {
                guest.Configure(Lpi, Guest.EnabledAtA0);
                guest.Gicr(0).Write64(GicrOffset.Invlpir, Lpi);
                AssertNotBusy(guest);
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
            }),
        K(191, "Two LPIs are enabled in memory, INVALLR is written, then a message of each", "both are delivered")
            .From(MappedDisabled)
            .Passes(guest =>
            {
                guest.Configure(Lpi, Guest.EnabledAtA0);
                guest.Configure(OtherLpi, Guest.EnabledAtA0);
                guest.Gicr(0).Write64(GicrOffset.Invallr, 0);
                AssertNotBusy(guest);
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
                guest.Signal(0, 1);
                guest.AssertDelivered(OtherLpi, 0);
            }),
        U(192, "INVLPIR with INTID 100, then with a mapped LPI", "the first is ignored, the second works")
            .In(GicProfiles.Kvm)
            .From(MappedDisabled)
            .Chooses("An INTID that is no LPI is ignored (`kvm`; `qemu` has no INVLPIR).", guest =>
            {
                var before = Snapshot.Of(guest);
                guest.Gicr(0).Write64(GicrOffset.Invlpir, 100);
                Assert.Equal(before, Snapshot.Of(guest));
                Assert.Empty(guest.TakeEvents());
                guest.Configure(Lpi, Guest.EnabledAtA0);
                guest.Gicr(0).Write64(GicrOffset.Invlpir, Lpi);
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 0);
            }),
        A(193, "SETLPIR and CLRLPIR are written though DirectLPI is 0", "nothing happens")
            .From(Mapped)
            .Passes(guest =>
            {
                Assert.Equal(0u, guest.Gicr(0).Read64(GicrOffset.Typer) & (1 << 3));
                guest.Gicr(0).Write64(GicrOffset.Setlpir, Lpi);
                guest.AssertNothingDelivered();
                guest.Signal(0, 0);
                guest.Gicr(0).Write64(GicrOffset.Clrlpir, Lpi);
                Assert.Equal(0u, guest.Gicr(0).Read64(GicrOffset.Setlpir));
                Assert.Equal(0u, guest.Gicr(0).Read64(GicrOffset.Clrlpir));
                guest.AssertDelivered(Lpi, 0);
            }),
        K(194, "GICR_WAKER is read", "0 in KVM; in QEMU ChildrenAsleep follows ProcessorSleep")
            .In(GicProfiles.Kvm, GicProfiles.Qemu)
            .FromReset()
            .Passes(guest =>
            {
                var asleep = guest.IsKvm() ? 0u : 6u;
                Assert.Equal(asleep, guest.Gicr(0).Read32(GicrOffset.Waker));
                guest.Gicr(0).Write32(GicrOffset.Waker, 0);
                Assert.Equal(0u, guest.Gicr(0).Read32(GicrOffset.Waker));
                guest.Gicr(0).Write32(GicrOffset.Waker, 2);
                Assert.Equal(asleep, guest.Gicr(0).Read32(GicrOffset.Waker));
            }),
    ]);

    private static Guest Mapped(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, Lpi);
        return guest;
    }

    private static Guest MappedAndLpisOff(GicProfile profile)
    {
        var guest = Mapped(profile);
        guest.SetLpisEnabled(0, false);
        return guest;
    }

    /// <summary>Two events, whose LPIs are disabled in memory and in force.</summary>
    private static Guest MappedDisabled(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Configure(Lpi, Guest.DisabledAtA0);
        guest.Configure(OtherLpi, Guest.DisabledAtA0);
        guest.Map(0, 0, Lpi);
        guest.RunClean(GuestCommand.Mapti(0, 1, OtherLpi, 0));
        return guest;
    }

    private static ulong WriteAndRead(Guest guest, int offset, ulong value)
    {
        guest.Gicr(0).Write64(offset, value);
        return guest.Gicr(0).Read64(offset);
    }

    /// <summary>Every other bit of the register that is not an attribute takes a one.</summary>
    private static void AssertReservedBits(Guest guest, int offset, ulong reserved)
    {
        const ulong Attributes = (7UL << 56) | (3UL << 10) | (7UL << 7);
        var read = WriteAndRead(guest, offset, ulong.MaxValue);
        Assert.Equal(~(reserved | Attributes), read & ~Attributes);
    }

    private static void AssertNotBusy(Guest guest) => Assert.Equal(0u, guest.Gicr(0).Read32(GicrOffset.Syncr));
}
