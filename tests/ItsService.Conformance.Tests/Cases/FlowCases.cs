using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>What the public test suites for hypervisors do, from end to end.</summary>
internal static class FlowCases
{
    private const uint FirstDevice = 2;
    private const uint FirstEvent = 20;
    private const uint FirstLpi = 8195;
    private const uint SecondDevice = 7;
    private const uint SecondEvent = 255;
    private const uint SecondLpi = 8196;
    private const int PriorityOfSpi34 = 0x400 + 34;
    private const int TargetsOfSpi32 = 0x800 + 32;

    private static readonly int[] ConstantsOfDistributor = [0x4, 0x8, 0xFFE8];

    public static CaseSection Section { get; } = new("Flows of other projects' tests",
    [
        A(304, "Two devices, two vCPUs, INT of each", "each LPI on its vCPU")
            .From(Triggered)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Int(FirstDevice, FirstEvent));
                guest.AssertDelivered(FirstLpi, 3);
                guest.RunClean(GuestCommand.Int(SecondDevice, SecondEvent));
                guest.AssertDelivered(SecondLpi, 2);
            }),
        A(305, "The first LPI is disabled in memory, INV, INT", "none")
            .From(Triggered)
            .Passes(DisableAndTrigger),
        A(306, "It is enabled, INVALL of its collection", "the pending LPI comes")
            .From(Triggered)
            .Passes(guest =>
            {
                DisableAndTrigger(guest);
                EnableByInvall(guest);
            }),
        A(307, "INT again", "it comes again")
            .From(Triggered)
            .Passes(guest =>
            {
                DisableAndTrigger(guest);
                EnableByInvall(guest);
                guest.RunClean(GuestCommand.Int(FirstDevice, FirstEvent));
                guest.AssertDelivered(FirstLpi, 3);
            }),
        A(308, "The first device is unmapped, INT of its event", "none, and the queue does not stall")
            .From(Triggered)
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.MapdUnmap(FirstDevice));
                guest.RunInError(CommandError.IntUnmappedDevice, GuestCommand.Int(FirstDevice, FirstEvent));
                guest.AssertNothingDelivered();
                guest.RunClean(GuestCommand.Int(SecondDevice, SecondEvent));
                guest.AssertDelivered(SecondLpi, 2);
            }),
        K(309, "Messages of many devices and events over all vCPUs", "each returns 1, each LPI is taken")
            .PassesByItself(_ => ApiCases.ManyDevicesAndEvents()),
        K(310, "The set-up of such a run, command by command", "CREADR is CWRITER after each")
            .Passes(guest =>
            {
                for (var vcpu = 0u; vcpu < 4; vcpu++)
                {
                    RunAndArrive(guest, GuestCommand.Mapc(vcpu, vcpu));
                }

                for (var device = 0u; device < 8; device++)
                {
                    RunAndArrive(guest, GuestCommand.Mapd(device, 13, Places.Itt(device)));
                    for (var eventId = 0u; eventId < 16; eventId++)
                    {
                        var number = (device * 16) + eventId;
                        RunAndArrive(guest, GuestCommand.Mapti(device, eventId, 8192 + number, number % 4));
                    }
                }

                for (var vcpu = 0u; vcpu < 4; vcpu++)
                {
                    RunAndArrive(guest, GuestCommand.Invall(vcpu));
                }

                Assert.All(
                    guest.Gic.Inspection.Devices(0), device => Assert.Equal(16, device.EventCount));
            }),
        K(311, "GITS_CTLR is read, set and written back, then MAPC for each vCPU, INVALL",
            "CREADR is CWRITER after each")
            .FromDisabledIts()
            .Passes(guest =>
            {
                guest.Gits().Write32(GitsOffset.Ctlr, guest.Gits().Read32(GitsOffset.Ctlr) | 1);
                Assert.Equal(1u, guest.Gits().Read32(GitsOffset.Ctlr) & 1);
                for (var vcpu = 0u; vcpu < 4; vcpu++)
                {
                    RunAndArrive(guest, GuestCommand.Mapc(vcpu, vcpu));
                    RunAndArrive(guest, GuestCommand.Invall(vcpu));
                }
            }),
        K(312, "Two devices, the level-1 entry of the second is removed, then a save", "the first ends the chain")
            .From(TwoLevelTableCases.WithBothPages)
            .Passes(guest =>
            {
                const ulong EntryOfTheSecond = TwoLevelTableCases.SecondPage + (TableEntry.SizeBytes * (8200 - 8192));
                guest.AssertDevicesDeliver(3, 8200);
                guest.Write64(Places.DeviceTable() + 8, 0);
                guest.Write64(EntryOfTheSecond, TableEntry.Poison);
                guest.SaveTables();
                Assert.Equal(
                    TableEntry.Device(Places.Itt(0)),
                    guest.Read64(TwoLevelTableCases.FirstPage + (TableEntry.SizeBytes * 3)));
                Assert.Equal(TableEntry.Poison, guest.Read64(EntryOfTheSecond));
            }),
        K(313, "BASER1 gets fewer pages, then a save", "only a terminator is written")
            .Passes(BaserCases.ShrinkCollectionTable),
        A(314, "SGIs to vCPU 2, to all others, to the sender", "each vCPU takes its own, once")
            .PassesByItself(_ => InterruptApiCases.SgisByListAndToAllOthers()),
        A(315, "GICD with 64 INTIDs: one priority byte, ITARGETSR, constants, a priority beyond the last INTID",
            "only the byte changes")
            .From(profile => Guest.Started(new GuestOptions { Profile = profile with { IntIdLines = 64 } }))
            .Passes(OnlyThePriorityByteChanges),
    ]);

    private static Guest Triggered(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.RunClean(
            GuestCommand.Mapd(FirstDevice, 8, Places.Itt(FirstDevice)),
            GuestCommand.Mapd(SecondDevice, 8, Places.Itt(SecondDevice)),
            GuestCommand.Mapc(3, 3),
            GuestCommand.Mapc(2, 2),
            GuestCommand.Invall(2),
            GuestCommand.Invall(3),
            GuestCommand.Mapti(FirstDevice, FirstEvent, FirstLpi, 3),
            GuestCommand.Mapti(SecondDevice, SecondEvent, SecondLpi, 2));
        return guest;
    }

    private static void DisableAndTrigger(Guest guest)
    {
        guest.Configure(FirstLpi, Guest.DisabledAtA0);
        guest.RunClean(
            GuestCommand.Inv(FirstDevice, FirstEvent), GuestCommand.Int(FirstDevice, FirstEvent));
        guest.AssertNothingDelivered();
    }

    private static void EnableByInvall(Guest guest)
    {
        guest.Configure(FirstLpi, Guest.EnabledAtA0);
        guest.RunClean(GuestCommand.Invall(3));
        guest.AssertDelivered(FirstLpi, 3);
    }

    /// <summary>By the first read of CREADR after the write of CWRITER.</summary>
    private static void RunAndArrive(Guest guest, GuestCommand command)
    {
        guest.Publish(0, command);
        Assert.Equal(guest.Cwriter(), guest.Creadr());
        Assert.Empty(guest.TakeErrors());
    }

    private static void OnlyThePriorityByteChanges(Guest guest)
    {
        var before = Snapshot.Of(guest);
        var constants = ConstantsOfDistributor.Select(offset => guest.Gicd.Read32(offset)).ToArray();
        guest.Gicd.Write32(TargetsOfSpi32, uint.MaxValue);
        Assert.Equal(0u, guest.Gicd.Read32(TargetsOfSpi32));
        foreach (var offset in ConstantsOfDistributor)
        {
            guest.Gicd.Write32(offset, uint.MaxValue);
        }

        Assert.Equal(constants, ConstantsOfDistributor.Select(offset => guest.Gicd.Read32(offset)));
        guest.Gicd.Write32(0x400 + 64, uint.MaxValue);
        Assert.Equal(0u, guest.Gicd.Read32(0x400 + 64));
        Assert.Equal(before, Snapshot.Of(guest));

        guest.Gicd.Write(PriorityOfSpi34, 1, 0x1F);
        var expected = (ulong)(0x1F & guest.Options.Profile.PriorityMask);
        for (var intId = 32; intId < 64; intId++)
        {
            Assert.Equal(intId == 34 ? expected : 0, guest.Gicd.Read(0x400 + intId, 1));
        }
    }
}
