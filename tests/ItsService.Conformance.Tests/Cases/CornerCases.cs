using ItsService.Conformance.Tests.Registration;
using ItsService.Conformance.Tests.Support;
using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

internal static class CornerCases
{
    private const uint Lpi = 8192;
    private const int LongBatch = 3000;
    private const byte PoisonByte = 0x5A;

    private const string PendingTableClause =
        "The pending table is read at EnableLPIs 0→1, for every LPI, and at no other time.";

    public static CaseSection Section { get; } = new("Further corner cases",
    [
        K(316, "STATUSR, MPAMIDR, PARTIDR and MPIDR as attributes", "-ENXIO or -EINVAL; a guest reads 0")
            .PassesByItself(_ => AttributeApiCases.RegistersThatKvmDoesNotOffer()),
        K(317, "BASER2..7 are set as attributes", "success, they read 0")
            .Passes(guest =>
            {
                guest.Gic.Pause();
                for (var number = 2; number < 8; number++)
                {
                    guest.SetIts(Vmm.Baser(number), ulong.MaxValue);
                    Assert.Equal(0u, guest.GetIts(Vmm.Baser(number)));
                }

                guest.Resume();
                BaserCases.AssertUnimplementedTablesReadZero(guest);
            }),
        K(318, "The ITS's address is read before it is set", "success, all ones")
            .PassesByItself(_ => FramePlaceApiCases.ItsBeforeItIsPlaced()),
        K(319, "MAPTI of an LPI whose configuration byte is outside RAM, then again with PROPBASER repaired",
            "an error, no mapping; then success")
            .Passes(ConfigurationOutsideRam),
        K(320, "MAPTI to a vCPU whose PENDBASER points outside RAM", "an error, no mapping")
            .Passes(guest =>
            {
                guest.SetLpisEnabled(0, false);
                guest.Gicr(0).Write64(GicrOffset.Pendbaser, Places.OutsideRam);
                guest.SetLpisEnabled(0, true);
                guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
                guest.RunInError(CommandError.TableMemory, GuestCommand.Mapti(0, 0, Lpi, 0));
                Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
            }),
        K(321, "A restore of the tables while PENDBASER of a target points outside RAM", "-EFAULT, nothing is mapped")
            .IsNotFollowed(Clauses.TablesAtResume, "EFAULT at Resume; nothing is mapped.", guest =>
            {
                guest.Map(0, 0, Lpi);
                var saved = guest.Save();
                var target = guest.NewVm(saved);
                target.SetRedistributor(0, GicrOffset.Pendbaser, (uint)Places.OutsideRam);
                target.RestoreIts(saved, Vmm.DocumentedOrder);
                target.AssertRefused(Vmm.Efault, "redistributor[0]");
                target.AssertNothingMapped();
            }),
        A(322, "The configuration is written before MAPTI, no INV, INT", "delivered")
            .From(WithEmptyConfigurations)
            .Passes(guest =>
            {
                guest.Configure(Lpi, Guest.EnabledAtA0);
                guest.RunClean(
                    GuestCommand.Mapd(0, 16, Places.Itt(0)),
                    GuestCommand.Mapc(0, 0),
                    GuestCommand.Mapti(0, 0, Lpi, 0),
                    GuestCommand.Int(0, 0));
                guest.AssertDelivered(Lpi, 0);
            }),
        A(323, "INVALL of a collection without events", "CREADR goes on, nothing changes")
            .Passes(guest =>
            {
                guest.RunClean(GuestCommand.Mapc(0, 0));
                var before = Snapshot.WithoutQueue(guest);
                guest.RunClean(GuestCommand.Invall(0));
                Assert.Equal(before, Snapshot.WithoutQueue(guest));
                Assert.Equal(0x40u, guest.Creadr());
            }),
        U(324, "DISCARD of an LPI that is pending and masked on 0, MAPTI of it to vCPU 1, a message", "on 0, or on 1")
            .Chooses("It comes on 1, once: DISCARD clears and MAPTI gives it its new target.", guest =>
            {
                guest.Map(0, 0, Lpi);
                guest.Cpu(0).MaskAll();
                guest.Signal(0, 0);
                guest.RunClean(
                    GuestCommand.Discard(0, 0), GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 0, Lpi, 1));
                guest.Cpu(0).Unmask();
                guest.AssertNothingDelivered();
                guest.Signal(0, 0);
                guest.AssertDelivered(Lpi, 1);
            }),
        K(325, "The bit of an LPI of an unmapped collection is set in the pending table, then MAPC",
            "taken at the next EnableLPIs, not at MAPC")
            .From(WithPendingBit)
            .IsNotFollowed(
                PendingTableClause,
                "Never taken at MAPC. Pending from the EnableLPIs that finds the bit, mapped or not; a bit that is set"
                + " while LPIs are enabled is written over at 1→0, and so not taken at the next 0→1.",
                PendingBitOfAnUnmappedCollection),
        K(326, "MAPTI reads a bit of the pending table; memory says 0 when LPIs are enabled",
            "what MAPTI made pending is not any more")
            .IsNotFollowed(
                PendingTableClause,
                "MAPTI makes nothing pending and clears no bit. EnableLPIs takes what memory says then: with the bit"
                + " still 1 the LPI is delivered, which KVM has lost; with 0 it is not.",
                guest =>
                {
                    SetBitAndMap(guest);
                    guest.SetLpisEnabled(0, true);
                    guest.AssertDelivered(Lpi, 0);

                    SetBitAndMap(guest);
                    guest.WriteByte(Places.PendingByte(0, Lpi), 0);
                    guest.SetLpisEnabled(0, true);
                    guest.AssertNothingDelivered();
                }),
        K(327, "EnableLPIs reads a pending bit, the LPI is taken", "memory keeps its bit")
            .From(WithPendingBit)
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                guest.AssertDelivered(Lpi, 0);
                Assert.Equal(1, guest.ReadByte(Places.PendingByte(0, Lpi)));
            }),
        K(328, "Then EnableLPIs 1→0 and 0→1", "pending again from the stale bit")
            .From(WithPendingBit)
            .IsNotFollowed(
                "EnableLPIs 1→0 writes the pending state to the table: an LPI that was taken is not pending.",
                "Written back as 0, not pending again.",
                guest =>
                {
                    guest.Map(0, 0, Lpi);
                    guest.AssertDelivered(Lpi, 0);
                    guest.RestartLpis(0);
                    Assert.Equal(0, guest.ReadByte(Places.PendingByte(0, Lpi)));
                    guest.AssertNothingDelivered();
                }),
        K(329, "A second ITS is made after PROPBASER was written", "PROPBASER reads its reset value")
            .From(profile => new Guest(new GuestOptions { Profile = profile, ItsCount = 2 }))
            .IsNotFollowed(
                "How many ITSs there are belongs to the profile: a VM has them from its beginning.",
                "None is made later; with two ITSs it reads 0x580 after a reset.",
                guest => Assert.Equal(0x580u, guest.Gicr(0).Read64(GicrOffset.Propbaser))),
        K(330, "A save while a device's translation table has left RAM", "-EFAULT, no collection is written")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                guest.SetCollections(TableEntry.Poison, TableEntry.Poison);
                guest.Memory.MakeReadOnly(new GuestRange(new GuestAddress(Places.Itt(0)), 0x1000));
                guest.Gic.Pause();
                var problem = Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems);
                Assert.Equal((Vmm.Efault, "its[0].device[0x0]"), (problem.Kind, problem.Path));
                Assert.Equal((TableEntry.Poison, TableEntry.Poison), (guest.GetCollection(0), guest.GetCollection(1)));
            }),
        K(331, "Two-level: devices 8000 and 9000 are saved and restored", "both are back")
            .From(TwoLevelTableCases.WithBothPages)
            .Passes(guest =>
            {
                guest.AssertDevicesDeliver(8000, 9000);
                var target = guest.Moved();
                target.Signal(8000, 0);
                target.AssertDelivered(Lpi, 0);
                target.Signal(9000, 0);
                target.AssertDelivered(Lpi + 1, 0);
            }),
        K(332, "The pending tables are saved over bytes 0..1023 that are not zero", "these bytes stay")
            .Passes(guest =>
            {
                guest.Fill(Places.PendingTable(0), 8192, PoisonByte);
                guest.SavePendingTables();
                var table = guest.ReadBytes(Places.PendingTable(0), 8192);
                Assert.All(table[..1024], value => Assert.Equal(PoisonByte, value));
                Assert.All(table[1024..], value => Assert.Equal(0, value));
            }),
        K(333, "Two LPIs of one byte and two vCPUs, one is pending, then a save", "each table has its own bit alone")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi, collection: 0, cpu: 0);
                guest.RunClean(GuestCommand.Mapc(1, 1), GuestCommand.Mapti(0, 1, Lpi + 1, 1));
                guest.Cpu(1).MaskAll();
                guest.Signal(0, 1);
                guest.SavePendingTables();
                Assert.Equal(0, guest.ReadByte(Places.PendingByte(0, Lpi)));
                Assert.Equal(2, guest.ReadByte(Places.PendingByte(1, Lpi)));
            }),
        K(334, "Line levels from INTID 0 with bits of SGIs", "the bits of SGIs are ignored")
            .PassesByItself(_ => InterruptApiCases.LinesOfSgis()),
        Q(335, "A DeviceID of more than 16 bits under QEMU with KVM", "the caller cuts it to 16 bits")
            .HasNoCounterpart("It is about a caller of KVM; DeviceIDs are never cut here."),
        K(336, "GITS_CTLR is read by another vCPU during a long batch", "the read waits; Quiescent is 1")
            .IsNotFollowed(
                "GITS_CTLR.Quiescent: 1 says that the ITS is idle, and while commands wait to be run it is not. No"
                + " batch holds up the VM's other accesses.",
                "The read does not wait, and Quiescent is 0 until the batch has ended.",
                ReadDuringLongBatch),
        K(337, "ITS register attributes at 0x84 and 0x98 while a vCPU runs", "-EINVAL, -EBUSY")
            .IsNotFollowedByItself(
                Clauses.ReadsInBothStates,
                "EINVAL, EBUSY for writes; EINVAL, ENXIO for reads.",
                _ => AttributeApiCases.WrongRegisterWhileRunning()),
        A(338, "0 is written to GITS_CTLR of a disabled ITS", "nothing changes")
            .Passes(guest =>
            {
                guest.Map(0, 0, Lpi);
                guest.Disable();
                var before = Snapshot.Of(guest);
                guest.Disable();
                Assert.Equal(before, Snapshot.Of(guest));
                Assert.Equal(0u, guest.Gits().Read32(GitsOffset.Ctlr) & 1);
            }),
        K(339, "A message four bytes after GITS_TRANSLATER, twice", "1 both times")
            .PassesByItself(_ => ApiCases.MessageElsewhereInTheFrames()),
        U(340, "Two ITSs map one LPI, the first unmaps its device, a message of the second", "delivered once")
            .FromTwoIts()
            .Chooses("The ITSs share nothing but the LPI's state at the redistributor.", guest =>
            {
                guest.Map(0, 0, Lpi, its: 0);
                guest.Map(0, 0, Lpi, its: 1);
                guest.RunOn(0, GuestCommand.MapdUnmap(0));
                Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0, its: 0));
                Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 1));
                guest.AssertDelivered(Lpi, 0);
            }),
    ]);

    private static Guest WithPendingBit(GicProfile profile)
    {
        var guest = new Guest(new GuestOptions { Profile = profile });
        guest.SetPendingBit(0, Lpi);
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Enable();
        return guest;
    }

    private static void SetBitAndMap(Guest guest)
    {
        guest.SetLpisEnabled(0, false);
        guest.SetPendingBit(0, Lpi);
        guest.Map(0, 0, Lpi);
        Assert.Empty(guest.PendingAt(0));
        Assert.Equal(1, guest.ReadByte(Places.PendingByte(0, Lpi)));
    }

    /// <summary>The bit was there when LPIs were enabled; then the same with one that is set later.</summary>
    private static void PendingBitOfAnUnmappedCollection(Guest guest)
    {
        guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapti(0, 0, Lpi, 0));
        Assert.Equal([Lpi], guest.PendingAt(0));
        guest.RunClean(GuestCommand.Mapc(0, 0));
        guest.AssertDelivered(Lpi, 0);

        guest.RunClean(GuestCommand.MapcUnmap(0));
        guest.SetPendingBit(0, Lpi);
        guest.RunClean(GuestCommand.Mapc(0, 0));
        Assert.Empty(guest.PendingAt(0));
        guest.RestartLpis(0);
        Assert.Equal(0, guest.ReadByte(Places.PendingByte(0, Lpi)));
        guest.AssertNothingDelivered();
    }

    /// <summary>S0, but for a configuration table of zeros.</summary>
    private static Guest WithEmptyConfigurations(GicProfile profile)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Fill(Places.ConfigurationTable, 0xE000, 0);
        return guest;
    }

    private static void ReadDuringLongBatch(Guest guest)
    {
        guest.Disable();
        guest.PlaceQueue(0, queuePages: 64);
        guest.Enable();
        guest.Publish(0, [.. Enumerable.Repeat(GuestCommand.Sync(0), LongBatch)]);
        Assert.NotEqual(guest.Cwriter(), guest.Creadr());
        Assert.Equal(1u, guest.Gits().Read32(GitsOffset.Ctlr));
        guest.Drain();
        Assert.Equal(guest.Cwriter(), guest.Creadr());
        Assert.Equal(0x8000_0001u, guest.Gits().Read32(GitsOffset.Ctlr));
    }

    private static void ConfigurationOutsideRam(Guest guest)
    {
        guest.RunClean(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        guest.SetConfigurationTable(Places.OutsideRam, bits: 16);
        guest.RunInError(CommandError.TableMemory, GuestCommand.Mapti(0, 0, Lpi, 0));
        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
        guest.SetIntIdBits(16);
        guest.RunClean(GuestCommand.Mapti(0, 0, Lpi, 0));
        guest.Signal(0, 0);
        guest.AssertDelivered(Lpi, 0);
    }
}
