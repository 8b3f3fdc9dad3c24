using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>What is pending, through a save and a restore.</summary>
internal static class PendingTableCases
{
    private const uint Lpi = 8192;

    public static CaseSection Section { get; } = new(SaveCases.Title,
    [
        K(291, "The pending tables are saved while LPI 8192 is pending on 0",
            "bit 0 of byte 1024 is 1, no other changes")
            .From(PendingMasked)
            .Passes(guest =>
            {
                guest.SavePendingTables();
                var table = guest.ReadBytes(Places.PendingTable(0), 8192);
                Assert.Equal(1, table[1024]);
                Assert.Equal(1, table.Sum(value => value));
            }),
        K(292, "The pending tables are saved and restored", "the LPI is delivered once, its bit is consumed")
            .From(PendingMasked)
            .Passes(guest =>
            {
                var target = guest.Moved();
                Assert.Equal(0, target.ReadByte(Places.PendingByte(0, Lpi)));
                target.Cpu(0).Unmask();
                target.AssertDelivered(Lpi, 0);
            }),
        K(293, "They are saved, the LPI is acknowledged, they are saved again", "the bit is 0")
            .From(PendingMasked)
            .Passes(guest =>
            {
                guest.SavePendingTables();
                Assert.Equal(1, guest.ReadByte(Places.PendingByte(0, Lpi)));
                guest.Resume();
                guest.Cpu(0).Unmask();
                guest.AssertDelivered(Lpi, 0);
                guest.SavePendingTables();
                Assert.Equal(0, guest.ReadByte(Places.PendingByte(0, Lpi)));
            }),
        K(294, "The pending tables are saved before the controller is initialised", "-ENXIO")
            .PassesByItself(_ => InitApiCases.PendingTablesBeforeInit()),
        K(295, "They are saved while one lies outside RAM", "-EFAULT")
            .From(PendingMasked)
            .Passes(guest =>
            {
                var table = new GuestRange(new GuestAddress(Places.PendingTable(0)), 0x1_0000);
                guest.Memory.FaultReads(table);
                guest.Memory.MakeReadOnly(table);
                guest.Gic.Pause();
                var problem = Assert.Single(guest.Gic.Userspace.SavePendingTables().Problems);
                Assert.Equal((Vmm.Efault, "redistributor[0]"), (problem.Kind, problem.Path));
            }),
        K(296, "PENDBASER is restored after GICR_CTLR", "ignored, the address stays 0")
            .From(PendingMasked)
            .IsNotFollowed(
                Clauses.JudgedAtResume,
                "It is taken, and what is pending is read from there.",
                guest =>
                {
                    var saved = guest.Save();
                    var target = guest.NewVm();
                    target.SetRedistributor(0, GicrOffset.Ctlr, 1);
                    target.RestoreVcpus(saved);
                    target.RestoreIts(saved, Vmm.DocumentedOrder);
                    target.Resume();
                    Assert.Equal(
                        Places.PendingTable(0),
                        target.Gicr(0).Read64(GicrOffset.Pendbaser) & 0x000F_FFFF_FFFF_0000);
                    target.Cpu(0).Unmask();
                    target.AssertDelivered(Lpi, 0);
                }),
        K(297, "The redistributors are restored before the ITS", "a pending LPI is delivered")
            .From(PendingMasked)
            .Passes(guest =>
            {
                var saved = guest.Save();
                var target = guest.NewVm();
                target.RestoreVcpus(saved);
                target.RestoreIts(saved, Vmm.DocumentedOrder);
                target.Resume();
                target.Cpu(0).Unmask();
                target.AssertDelivered(Lpi, 0);
            }),
        K(298, "The redistributors are restored after the ITS",
            "pending bits are read at EnableLPIs; configurations stay as read before until INV")
            .From(PendingMasked)
            .IsNotFollowed(
                Clauses.JudgedAtResume,
                "The order is of no account: what is pending, and configurations, are read through the redistributors'"
                + " registers as they are at Resume.",
                guest =>
                {
                    var saved = guest.Save();
                    var target = guest.NewVm();
                    target.RestoreIts(saved, Vmm.DocumentedOrder);
                    target.RestoreVcpus(saved);
                    target.Resume();
                    target.Cpu(0).Unmask();
                    target.AssertDelivered(Lpi, 0);
                    target.Signal(0, 0);
                    target.AssertDelivered(Lpi, 0);
                }),
    ]);

    private static Guest PendingMasked(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Map(0, 0, Lpi);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        return guest;
    }
}
