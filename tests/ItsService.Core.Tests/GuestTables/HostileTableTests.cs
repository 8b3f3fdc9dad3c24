using System.Diagnostics.CodeAnalysis;
using ItsService.Core.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// RESTORE_TABLES of tables that a hostile guest wrote: each fault is told with its place, all of them at once, and the
/// VM stays as it was. Conformance cases 269 to 275.
/// </summary>
public class HostileTableTests
{
    private const RestoreProblemKind Inconsistent = RestoreProblemKind.Inconsistent;
    private const RestoreProblemKind NotInRam = RestoreProblemKind.NotInRam;
    private const RestoreProblemKind Twice = RestoreProblemKind.Twice;

    private static readonly ulong Itt = Places.Itt(2);
    private static readonly ulong Page1 = Places.DeviceTable() + 0x1_0000;

    private static readonly Dictionary<string, Case> Flat = new()
    {
        ["collection twice"] = new(
            tables => tables.Collection(1, TableEntries.Cte(3, 0)), (Twice, "its[0].collection_table[1]")),
        ["collection of no vCPU"] = new(
            tables => tables.Collection(1, TableEntries.Cte(4, 99)), (Inconsistent, "its[0].collection_table[1]")),
        ["collection of the first vCPU that there is not"] = new(
            tables => tables.Collection(1, TableEntries.Cte(4, 4)), (Inconsistent, "its[0].collection_table[1]")),
        ["collection beyond the table"] = new(
            tables => tables.Collection(1, TableEntries.Cte(8192, 0)), (Inconsistent, "its[0].collection_table[1]")),
        ["INTID that is no LPI"] = new(
            tables => tables.Event(Itt, 20, TableEntries.Ite(100, 3)), (Inconsistent, "its[0].device[0x2].itt[20]")),
        ["LPI beyond the configuration table"] = new(
            tables => tables.Event(Itt, 20, TableEntries.Ite(65_536, 3)),
            (Inconsistent, "its[0].device[0x2].itt[20]")),
        ["INTID of 32 bits"] = new(
            tables => tables.Event(Itt, 20, TableEntries.Ite(uint.MaxValue, 3)),
            (Inconsistent, "its[0].device[0x2].itt[20]")),
        ["collection that is not in the table"] = new(
            tables => tables.Event(Itt, 20, TableEntries.Ite(8195, 9)), (Inconsistent, "its[0].device[0x2].itt[20]")),
        ["next event just beyond the translation table"] = new(
            tables => tables.Event(Itt, 20, TableEntries.Ite(8195, 3, next: 236)),
            (Inconsistent, "its[0].device[0x2].itt[20]")),
        ["next event far beyond the translation table"] = new(
            tables => tables.Event(Itt, 20, TableEntries.Ite(8195, 3, next: 0xFFFF)),
            (Inconsistent, "its[0].device[0x2].itt[20]")),
        ["size of 17 bits"] = new(
            tables => tables.Device(2, TableEntries.Dte(Itt, 17)), (Inconsistent, "its[0].device[0x2]")),
        ["size of 32 bits"] = new(
            tables => tables.Device(2, TableEntries.Dte(Itt, 32)), (Inconsistent, "its[0].device[0x2]")),
        ["translation table outside RAM"] = new(
            tables => tables.Device(2, TableEntries.Dte(Places.OutsideRam, 8)),
            (NotInRam, "its[0].device[0x2].itt[0]")),
        ["translation table that runs out of RAM"] = new(
            tables => tables.Device(2, TableEntries.Dte(Places.Ram + Places.RamBytes - 256, 8)),
            (NotInRam, "its[0].device[0x2].itt[32]")),
        ["next device just beyond the table"] = new(
            tables => tables.Device(2, TableEntries.Dte(Itt, 8, next: 8190)),
            (Inconsistent, "its[0].device_table[0x2]")),
        ["translation table over another"] = new(
            tables => tables
                .Device(2, TableEntries.Dte(Itt, 8, next: 1))
                .Device(3, TableEntries.Dte(Itt + 0x700, 8, next: 1))
                .Device(4, TableEntries.Dte(Itt + 0xE00, 8)),
            (Inconsistent, "its[0].device[0x3]"), (Inconsistent, "its[0].device[0x4]")),
        ["two small translation tables over a large one"] = new(
            tables => tables
                .Device(2, TableEntries.Dte(Itt, 12, next: 1))
                .Device(3, TableEntries.Dte(Itt + 0x700, 4, next: 1))
                .Device(4, TableEntries.Dte(Itt + 0xF00, 4)),
            (Inconsistent, "its[0].device[0x3]"), (Inconsistent, "its[0].device[0x4]")),
        ["everything at once"] = new(
            tables => tables
                .Collection(1, TableEntries.Cte(3, 1)).Collection(2, TableEntries.Cte(5, 70))
                .Device(2, TableEntries.Dte(Itt, 8, next: 3)).Device(5, TableEntries.Dte(Places.OutsideRam, 4, next: 1))
                .Device(6, TableEntries.Dte(Itt + 0x1000, 20))
                .Event(Itt, 20, TableEntries.Ite(7, 3, next: 1)).Event(Itt, 21, TableEntries.Ite(8199, 77)),
            (Twice, "its[0].collection_table[1]"), (Inconsistent, "its[0].collection_table[2]"),
            (Inconsistent, "its[0].device[0x2].itt[20]"), (Inconsistent, "its[0].device[0x2].itt[21]"),
            (NotInRam, "its[0].device[0x5].itt[0]"), (Inconsistent, "its[0].device[0x6]")),
    };

    private static readonly Dictionary<string, Case> TwoLevel = new()
    {
        ["level 1 leads to itself"] = new(
            tables => tables.Write(Places.DeviceTable(), TableEntries.Level1(Places.DeviceTable())),
            (Inconsistent, "its[0].device_table.level1[0]")),
        ["page twice"] = new(
            tables => tables
                .Write(Places.DeviceTable(), TableEntries.Level1(Page1))
                .Write(Places.DeviceTable() + 0xFFF8, TableEntries.Level1(Page1)),
            (Twice, "its[0].device_table.level1[8191]")),
        ["page outside RAM"] = new(
            tables => tables.Write(Places.DeviceTable() + 8, TableEntries.Level1(Places.OutsideRam)),
            (NotInRam, "its[0].device_table[0x2000]")),
        ["device beyond 16 bits"] = new(
            tables => tables
                .Write(Places.DeviceTable() + (8 * 8), TableEntries.Level1(Page1))
                .Write(Page1, TableEntries.Dte(Itt, 4)),
            (Inconsistent, "its[0].device[0x10000]")),
        ["next device beyond the whole table"] = new(
            tables => tables
                .Write(Places.DeviceTable() + 0xFFF8, TableEntries.Level1(Page1))
                .Write(Page1 + 0xFFF8, TableEntries.Dte(Itt, 4, next: 1)),
            (Inconsistent, "its[0].device[0x3FFFFFF]"), (Inconsistent, "its[0].device_table[0x3FFFFFF]")),
    };

    public static TheoryData<string> FlatNames => [.. Flat.Keys];

    public static TheoryData<string> TwoLevelNames => [.. TwoLevel.Keys];

    [Theory]
    [MemberData(nameof(FlatNames))]
    public void Table_in_error_is_refused_with_its_place(string name)
    {
        var tables = new TableGuest().Good();
        Flat[name].Write(tables);
        tables.AssertRefused(Flat[name].Problems);

        // Mended, it is read.
        tables.Guest.Fill(Places.DeviceTable(), 0x100, 0);
        tables.Guest.Fill(Places.CollectionTable(), 0x100, 0);
        tables.Guest.Fill(Itt, 0x1000, 0);
        tables.Good().Port.Resume();
        Assert.Equal(["2:20=8195/3"], tables.Mapped());
    }

    [Theory]
    [MemberData(nameof(TwoLevelNames))]
    public void Two_level_table_in_error_is_refused_with_its_place(string name)
    {
        var tables = TableGuest.TwoLevel();
        TwoLevel[name].Write(tables);
        tables.AssertRefused(TwoLevel[name].Problems);
    }

    [Fact]
    public void Tables_outside_RAM_are_told()
    {
        var tables = new TableGuest();
        tables.Stage();
        tables.Port.WriteIts(0, GitsOffset.Baser0, TableGuest.Flat | Places.OutsideRam);
        tables.Port.WriteIts(0, GitsOffset.Baser1, TableGuest.Flat | (Places.OutsideRam + 0x10_0000));
        tables.AssertStillRefused(
            (NotInRam, "its[0].collection_table[0]"), (NotInRam, "its[0].device_table[0x0]"));

        tables.Port.WriteIts(0, GitsOffset.Baser0, TableGuest.Flat | Guest.Indirect | Places.OutsideRam);
        tables.Port.WriteIts(0, GitsOffset.Baser1, TableGuest.Flat | Places.CollectionTable());
        tables.AssertStillRefused((NotInRam, "its[0].device_table.level1[0]"));
    }

    [Fact]
    public void Tables_of_redistributors_outside_RAM_are_told()
    {
        var tables = new TableGuest().Good();
        tables.Stage();
        tables.Port.WriteGicr64(3, GicrOffset.Pendbaser, Places.OutsideRam);
        tables.AssertStillRefused((NotInRam, "redistributor[3]"));

        tables.Port.WriteGicr64(3, GicrOffset.Pendbaser, Places.PendingTable(3));
        tables.Port.WriteGicr64(3, GicrOffset.Propbaser, Places.OutsideRam | 15);
        tables.AssertStillRefused(
            (NotInRam, "its[0].device[0x2].itt[20]"));
    }

    /// <summary>The limits are those of the VM: both ITSs together.</summary>
    [Theory]
    [InlineData(3, 100, "devices")]
    [InlineData(100, 5, "events")]
    public void Limits_of_the_VM_hold_for_all_its_ITSs_together(int devicesMax, int eventsMax, string what)
    {
        var donor = Guest.Started(new GuestOptions { ItsCount = 2 });
        for (var its = 0; its < 2; its++)
        {
            donor.RunOn(its, GuestCommand.Mapc(0, 0));
            foreach (var device in new uint[] { 1, 2 })
            {
                donor.RunOn(
                    its, GuestCommand.Mapd(device, 4, Places.Itt(device, its)),
                    GuestCommand.Mapti(device, 0, 8192 + (device * 2) + ((uint)its * 8), 0),
                    GuestCommand.Mapti(device, 1, 8193 + (device * 2) + ((uint)its * 8), 0));
            }
        }

        ScriptedGuests.SaveTables(donor);
        var image = Userspace.AttributeImage.Of(donor);
        var copy = new Guest(donor.Options with { MappedDevicesMax = devicesMax, MappedEventsMax = eventsMax });
        RamCopy.Copy(donor, copy);
        copy.Gic.Pause();
        image.WriteAll(new Userspace.AttributePort(copy));

        var problem = Assert.Single(copy.Gic.Resume().Problems);

        Assert.Equal((Inconsistent, "its[1]"), (problem.Kind, problem.Path));
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
    }

    /// <summary>A table of ones: each entry is as wrong as can be, and there are eight thousand of each.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Memory_full_of_ones_is_refused(bool isTwoLevel)
    {
        var tables = isTwoLevel ? TableGuest.TwoLevel() : new TableGuest();
        tables.Guest.Fill(Places.DeviceTable(), 0x1_0000, 0xFF);
        tables.Guest.Fill(Places.CollectionTable(), 0x1_0000, 0xFF);
        tables.Stage();
        var before = tables.Guest.Gic.Persistence.Save();

        var result = tables.Guest.Gic.Resume();

        Assert.NotEmpty(result.Problems);
        Assert.InRange(result.Problems.Count, 1, 100);
        Assert.Null(StateDifference.Between(before, tables.Guest.Gic.Persistence.Save()));
    }

    /// <summary>Whatever stands there: refused with nothing changed, or taken as a state like any other.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, the seed belongs to it.")]
    public void Random_tables_are_refused_or_taken(bool isTwoLevel)
    {
        var taken = 0;
        for (var seed = 1UL; seed <= 150; seed++)
        {
            try
            {
                taken += RestoresRandom(new Xorshift(seed), isTwoLevel) ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}: {exception}");
            }
        }

        Assert.InRange(taken, 5, 145);
    }

    private static bool RestoresRandom(Xorshift random, bool isTwoLevel)
    {
        var tables = isTwoLevel ? TableGuest.TwoLevel() : new TableGuest();
        WriteRandom(tables, random, isTwoLevel);
        tables.Stage();
        var before = tables.Guest.Gic.Persistence.Save();
        var result = tables.Guest.Gic.Resume();
        var after = tables.Guest.Gic.Persistence.Save();
        if (!result.IsDone)
        {
            Assert.NotEmpty(result.Problems);
            Assert.Null(StateDifference.Between(before, after));
            return false;
        }

        Assert.Empty(new Guest(tables.Guest.Options).Gic.Persistence.Restore(after));
        return true;
    }

    private static void WriteRandom(TableGuest tables, Xorshift random, bool isTwoLevel)
    {
        var level1Bits = random.Below(3);
        for (var index = 0u; isTwoLevel && index < level1Bits; index++)
        {
            tables.Write(
                Places.DeviceTable() + (index * 8UL),
                random.OneIn(4) ? random.Next() : TableEntries.Level1(Page1 + (random.Below(3) * 0x1_0000UL)));
        }

        var wrongOneIn = 2 + random.Below(60);
        for (var number = random.Below(4); number < 12; number += 1 + random.Below(4))
        {
            var itt = Places.Itt(number);
            tables.Write(
                (isTwoLevel ? Page1 : Places.DeviceTable()) + (number * 8UL),
                random.OneIn(wrongOneIn) ? random.Next() : TableEntries.Dte(itt, 6, random.Below(4)));
            for (var eventId = 0u; eventId < 20; eventId += 1 + random.Below(5))
            {
                tables.Event(itt, eventId, random.OneIn(wrongOneIn * 5)
                    ? random.Next()
                    : TableEntries.Ite(8192 + random.Below(40), random.Below(4), random.Below(8)));
            }
        }

        for (var slot = 0u; slot < 4; slot++)
        {
            tables.Collection(
                slot, random.OneIn(wrongOneIn * 2) ? random.Next() : TableEntries.Cte(slot, random.Below(4)));
        }
    }

    private sealed record Case(
        Action<TableGuest> Write, params (RestoreProblemKind Kind, string Path)[] Problems);
}
