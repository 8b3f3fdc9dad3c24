using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>Tables and state through a save and a restore; <see cref="RestoreOrderCases"/> has the rest.</summary>
internal static class SaveCases
{
    public const string Title = "Save and restore";

    private const uint Lpi = 8192;

    public static CaseSection Section { get; } = new(Title,
    [
        K(255, "An empty ITS is saved", "success, the collection table begins with zero")
            .Awaits(Feature.SaveAndRestore),
        K(256, "One device, collection and event are saved", "their entries in the formats of ABI revision 0")
            .Awaits(Feature.SaveAndRestore),
        K(257, "A save while BASER0 is not valid", "success, only the collections are written")
            .Awaits(Feature.SaveAndRestore),
        K(258, "A save, then a message", "delivered: the live state is kept")
            .Awaits(Feature.SaveAndRestore),
        K(259, "Two saves", "the same bytes")
            .Awaits(Feature.SaveAndRestore),
        K(260, "A save, a restore into a new VM in the documented order, a message", "delivered on the same vCPU")
            .Awaits(Feature.SaveAndRestore),
        K(261, "Two devices are migrated, a message of each", "each is delivered on its vCPU")
            .Awaits(Feature.SaveAndRestore, "without the migration", guest =>
            {
                guest.Map(2, 20, 8195, collection: 3, cpu: 3);
                guest.Map(7, 255, 8196, collection: 2, cpu: 2);
                guest.Signal(2, 20);
                guest.AssertDelivered(8195, 3);
                guest.Signal(7, 255);
                guest.AssertDelivered(8196, 2);
            }),
        K(262, "256 LPIs are pending on two vCPUs by their pending tables, then a migration", "128 on each, none twice")
            .From(With256Pending)
            .Awaits(Feature.SaveAndRestore, "without the migration", guest =>
            {
                for (var vcpu = 0; vcpu < 2; vcpu++)
                {
                    var own = Enumerable.Range(0, 128).Select(n => Lpi + (uint)vcpu + (2 * (uint)n));
                    Assert.Equal(own, guest.Cpu(vcpu).TakeAll());
                }

                guest.AssertNothingDelivered();
            }),
        K(263, "An event of an unmapped collection is migrated; then MAPC, INVALL and INT", "delivered")
            .Awaits(Feature.SaveAndRestore, "without the migration", guest =>
            {
                guest.RunClean(
                    GuestCommand.Mapd(0, 16, Places.Itt(0)),
                    GuestCommand.Mapti(0, 0, Lpi, 0),
                    GuestCommand.Mapc(0, 0),
                    GuestCommand.Invall(0),
                    GuestCommand.Int(0, 0));
                guest.AssertDelivered(Lpi, 0);
            }),
        K(264, "A collection that has no target is in the table", "RDBase 0xFFFFFFFF; restored as unmapped")
            .Awaits(Feature.SaveAndRestore),
        K(265, "Devices 1 and 20000 in a table of four pages", "next is 16383 and the second is still found")
            .FromDisabledIts()
            .Awaits(Feature.SaveAndRestore, "both are mapped and deliver", guest =>
            {
                guest.Gits().Write64(
                    GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K | 3);
                guest.Enable();
                guest.AssertDevicesDeliver(1, 20000);
            }),
        K(266, "An event entry with next 0 that others follow", "those are not restored")
            .Awaits(Feature.SaveAndRestore),
        K(267, "A valid device entry left behind the last one, flat table", "not restored")
            .Awaits(Feature.SaveAndRestore),
        K(268, "A valid device entry left in the second level-2 page", "found when that page is scanned, else not")
            .Awaits(Feature.SaveAndRestore),
        K(269, "A restore with one ICID twice", "-EEXIST, nothing is mapped")
            .Awaits(Feature.SaveAndRestore),
        K(270, "A restore with a collection of vCPU 99", "-EINVAL")
            .Awaits(Feature.SaveAndRestore),
        K(271, "A restore with an event of INTID 100", "-EINVAL")
            .Awaits(Feature.SaveAndRestore),
        K(272, "A restore with an event whose ICID is in no entry", "-EINVAL")
            .Awaits(Feature.SaveAndRestore),
        K(273, "A restore with an event whose next leads beyond the table", "-EINVAL")
            .Awaits(Feature.SaveAndRestore),
        K(274, "A restore with a device of 17 EventID bits", "-EINVAL")
            .Awaits(Feature.SaveAndRestore),
        K(275, "A restore with a translation table outside RAM", "-EFAULT, nothing is mapped")
            .Awaits(Feature.SaveAndRestore),
        K(276, "A restore that fails, a reset, a good restore", "success")
            .Awaits(Feature.SaveAndRestore),
        K(277, "Two restores without a reset", "-EEXIST")
            .Awaits(Feature.SaveAndRestore),
        K(278, "A reset, the BASERs, a restore of the tables saved before", "success")
            .Awaits(Feature.SaveAndRestore),
        K(279, "A reset of the ITS", "registers 0, tables invalid; RAM is not touched")
            .Awaits(Feature.SaveAndRestore, "a reset of the whole controller", ResetLeavesRam),
    ]);

    private static void ResetLeavesRam(Guest guest)
    {
        guest.Map(0, 0, Lpi);
        guest.Accesses.StartRecording();
        guest.Gic.Reset();
        Assert.Empty(guest.Accesses.StopRecording());
        Assert.Equal(0x8000_0000u, guest.Gits().Read32(GitsOffset.Ctlr));
        Assert.Equal(
            (0u, 0u, 0u), (guest.Gits().Read64(GitsOffset.Cbaser), guest.Creadr(), guest.Cwriter()));
        Assert.Equal(0u, guest.Gits().Read64(GitsOffset.Baser0) & Guest.Valid);
        Assert.Equal(0u, guest.Gits().Read64(GitsOffset.Baser1) & Guest.Valid);
    }

    /// <summary>The LPIs of even number on vCPU 0, the others on vCPU 1.</summary>
    private static Guest With256Pending(GicProfile profile)
    {
        var guest = new Guest(new GuestOptions { Profile = profile });
        for (var n = 0u; n < 256; n++)
        {
            guest.SetPendingBit((int)(n % 2), Lpi + n);
        }

        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Enable();
        guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1));
        for (var n = 0u; n < 256; n++)
        {
            guest.RunClean(GuestCommand.Mapti(0, n, Lpi + n, n % 2));
        }

        return guest;
    }
}
