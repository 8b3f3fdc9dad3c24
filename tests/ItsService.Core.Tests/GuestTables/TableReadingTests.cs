using ItsService.Core.GuestTables;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// RESTORE_TABLES of tables that are right: conformance cases 260 to 268, 276 to 278 and 331, and the worked values of
/// tables 6.5.
/// </summary>
public class TableReadingTests
{
    private static readonly ulong Page1 = Places.DeviceTable() + 0x1_0000;
    private static readonly ulong Page2 = Places.DeviceTable() + 0x2_0000;

    [Fact]
    public void Entries_with_the_values_of_the_ABI_are_mapped()
    {
        var tables = new TableGuest()
            .Device(2, 0x800A_0000_0801_0007)
            .Device(7, 0x8000_0000_0801_2007)
            .Event(0x4008_0000, 0, 0x0001_0000_2000_0000)
            .Event(0x4008_0000, 1, 0x0000_0000_2003_0003)
            .Collection(0, 0x8000_0000_0003_0003)
            .Collection(1, 0x8000_FFFF_FFFF_0000);

        tables.RestoreWell();

        Assert.Equal(["2:0=8192/0", "2:1=8195/3", "7"], tables.Mapped());
        var device = tables.Guest.Gic.Inspection.Devices(0).First();
        Assert.Equal((0x4008_0000UL, 8), (device.IttAddress.Value, device.EventIdBits));
        Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, tables.Guest.Signal(2, 0));
        Assert.Equal(MsiOutcome.Pended, tables.Guest.Signal(2, 1));
        Assert.Equal([8195U], tables.Guest.Cpu(3).TakeAll());
    }

    /// <summary>Case 263: mapped after the restore, the collection brings its event back.</summary>
    [Fact]
    public void Event_of_an_unmapped_collection_comes_back_with_the_collection()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(2, 8, Places.Itt(2)), GuestCommand.Mapti(2, 20, 8192, 0));
        var copy = Move(guest);

        copy.Run(GuestCommand.Mapc(0, 0), GuestCommand.Invall(0), GuestCommand.Int(2, 20));

        Assert.Empty(copy.TakeErrors());
        Assert.Equal([8192U], copy.Cpu(0).TakeAll());
    }

    /// <summary>Case 262.</summary>
    [Fact]
    public void Pending_LPIs_of_two_vCPUs_come_along_each_once()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(2, 8, Places.Itt(2)), GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1));
        guest.Run(
            [.. Enumerable.Range(0, 256).Select(n => GuestCommand.Mapti(2, (uint)n, 8192 + (uint)n, (uint)n % 2))]);
        for (var number = 0u; number < 256; number++)
        {
            guest.Signal(2, number);
        }

        var copy = Move(guest);

        Assert.Equal(Enumerable.Range(0, 128).Select(n => 8192 + ((uint)n * 2)), copy.Cpu(0).TakeAll());
        Assert.Equal(Enumerable.Range(0, 128).Select(n => 8193 + ((uint)n * 2)), copy.Cpu(1).TakeAll());
        Assert.All(copy.ReadBytes(Places.PendingTable(0) + 1024, 32), bits => Assert.Equal(0, bits));
    }

    [Fact]
    public void Bits_of_LPIs_that_are_not_taken_over_stay_in_the_pending_table()
    {
        var tables = new TableGuest().Good();
        tables.Guest.SetPendingBit(3, 8195);
        tables.Guest.SetPendingBit(3, 8196);
        tables.Guest.SetPendingBit(1, 8195);

        tables.RestoreWell();

        Assert.Equal([8195U, 8196U], tables.Guest.PendingAt(3));
        Assert.Equal(1 << 4, tables.Guest.ReadByte(Places.PendingByte(3, 8195)));
        Assert.Equal(1 << 3, tables.Guest.ReadByte(Places.PendingByte(1, 8195)));
    }

    [Fact]
    public void Distance_beyond_its_largest_value_is_gone_step_by_step()
    {
        var tables = new TableGuest(deviceTable: TableGuest.Flat | 3)
            .Device(1, TableEntries.Dte(Places.Itt(1), 4, next: 16383))
            .Device(20_000, TableEntries.Dte(Places.Itt(2), 4));

        tables.RestoreWell();

        Assert.Equal(["1", "20000"], tables.Mapped());
    }

    [Fact]
    public void Entries_behind_the_last_are_not_taken()
    {
        var tables = new TableGuest().Good()
            .Device(9, TableEntries.Dte(Places.Itt(9), 8))
            .Event(Places.Itt(2), 21, TableEntries.Ite(8196, 3))
            .Collection(2, TableEntries.Cte(4, 0));

        tables.RestoreWell();

        Assert.Equal(["2:20=8195/3"], tables.Mapped());
        Assert.Equal(1, tables.Guest.Gic.Inspection.Its(0).CollectionCount);
    }

    /// <summary>Case 268.</summary>
    [Theory]
    [InlineData(8300u, new[] { "0", "8200", "8300" })]
    [InlineData(0u, new[] { "0" })]
    public void Page_of_the_second_level_is_looked_through_from_its_first_slot(uint next, string[] mapped)
    {
        var tables = TableGuest.TwoLevel()
            .Write(Places.DeviceTable(), TableEntries.Level1(Page1))
            .Write(Places.DeviceTable() + 8, TableEntries.Level1(Page2))
            .Write(Page1, TableEntries.Dte(Places.Itt(1), 4, next))
            .Write(Page2 + (8 * 8), TableEntries.Dte(Places.Itt(2), 4, next: 100))
            .Write(Page2 + (108 * 8), TableEntries.Dte(Places.Itt(3), 4));

        tables.RestoreWell();

        Assert.Equal(mapped, tables.Mapped());
    }

    /// <summary>Case 331.</summary>
    [Fact]
    public void Distance_may_lead_out_of_a_page_of_the_second_level()
    {
        var tables = TableGuest.TwoLevel()
            .Write(Places.DeviceTable(), TableEntries.Level1(Page1))
            .Write(Places.DeviceTable() + 8, TableEntries.Level1(Page2))
            .Write(Page1 + (8000 * 8), TableEntries.Dte(Places.Itt(1), 4, next: 1000))
            .Write(Page2 + (808 * 8), TableEntries.Dte(Places.Itt(2), 4));

        tables.RestoreWell();

        Assert.Equal(["8000", "9000"], tables.Mapped());
    }

    [Fact]
    public void Tables_that_are_not_valid_are_not_read()
    {
        var tables = new TableGuest(deviceTable: Guest.Pages64K, collectionTable: Guest.Pages64K).Good();
        tables.Stage();
        tables.Port.WriteIts(0, GitsOffset.Ctlr, 0);

        tables.Port.Resume();

        Assert.Empty(tables.Mapped());
        Assert.Equal(0, tables.Guest.Gic.Inspection.Its(0).CollectionCount);
    }

    /// <summary>Case 277.</summary>
    [Fact]
    public void Tables_are_not_restored_twice_without_a_reset()
    {
        var tables = new TableGuest().Good();
        tables.RestoreWell();
        tables.Guest.Gic.Pause();
        tables.Port.RestoreTables();

        tables.AssertStillRefused((RestoreProblemKind.Twice, "its[0]"));
    }

    /// <summary>Cases 276 and 278.</summary>
    [Fact]
    public void Reset_makes_room_for_tables_that_are_right()
    {
        var tables = new TableGuest().Good();
        tables.RestoreWell();
        tables.Guest.Gic.Pause();
        tables.Port.RestoreTables();
        Assert.NotEmpty(tables.Guest.Gic.Resume().Problems);

        Assert.Equal(Core.Userspace.UserspaceError.None, tables.Guest.Gic.Userspace.ResetIts(0).Error);
        Assert.Empty(tables.Mapped());
        tables.RestoreWell();

        Assert.Equal(["2:20=8195/3"], tables.Mapped());
    }

    /// <summary>kvm-uapi 4.2.</summary>
    [Fact]
    public void Reset_keeps_the_attributes_of_the_tables_and_what_is_pending()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Signal(2, 20);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        var basers = ItsSteps.Basers.Select(offset => port.ReadIts(0, offset)).ToArray();

        Assert.Equal(Core.Userspace.UserspaceError.None, guest.Gic.Userspace.ResetIts(0).Error);

        Assert.Equal(
            basers.Select(baser => baser & ~Guest.Valid), ItsSteps.Basers.Select(offset => port.ReadIts(0, offset)));
        Assert.Equal(0UL, port.ReadIts(0, GitsOffset.Cbaser));
        Assert.Equal(0UL, port.ReadIts(0, GitsOffset.Cwriter));
        Assert.Equal(0UL, port.ReadIts(0, GitsOffset.Creadr));
        Assert.Equal(0UL, port.ReadIts(0, GitsOffset.Ctlr) & 1);
        port.Resume();
        Assert.Equal([8195U], guest.Cpu(3).TakeAll());
        Assert.Empty(guest.Gic.Inspection.Devices(0));
    }

    /// <summary>Cases 260 and 261: what is moved is what was there, and messages arrive.</summary>
    [Fact]
    public void Devices_of_two_vCPUs_arrive_after_a_move()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.Map(2, 20, 8195, 3, 3);
        guest.Map(5, 0, 8200, 1, 1);
        guest.Map(5, 3, 8300, 1, 2, its: 1);
        var before = guest.Gic.Persistence.Save();

        var copy = Move(guest);

        Assert.Null(StateDifference.Between(before with { FirstToStep = 0 }, copy.Gic.Persistence.Save()));
        copy.Signal(2, 20);
        copy.Signal(5, 0);
        copy.Signal(5, 3, its: 1);
        Assert.Equal([8195U], copy.Cpu(3).TakeAll());
        Assert.Equal([8200U], copy.Cpu(1).TakeAll());
        Assert.Equal([8300U], copy.Cpu(2).TakeAll());
    }

    /// <summary>An event may name a collection that the table had room for once.</summary>
    [Fact]
    public void Event_of_a_collection_beyond_the_table_survives_a_move()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K | 1);
        guest.Enable();
        guest.Map(2, 20, 8195, 9000, 3);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K);
        guest.Enable();
        Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(2, 20));

        var copy = Move(guest);

        Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, copy.Signal(2, 20));
    }

    /// <summary>Nor is it lost with the table.</summary>
    [Fact]
    public void Event_survives_a_move_while_there_is_no_collection_table()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Places.CollectionTable() | Guest.Pages64K);

        var copy = Move(guest);
        copy.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K);
        copy.Enable();
        copy.Run(GuestCommand.Mapc(3, 1));

        Assert.Equal(MsiOutcome.Pended, copy.Signal(2, 20));
        Assert.Equal([8195U], copy.PendingAt(1));
    }

    private static Guest Move(Guest guest)
    {
        ScriptedGuests.SaveTables(guest);
        var image = AttributeImage.Of(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        image.WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();
        return copy;
    }
}
