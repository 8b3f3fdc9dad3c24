using ItsService.Core.GuestTables;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// SAVE_TABLES, conformance cases 255 to 259, 265, 302, 312, 313 and 330; and SAVE_PENDING_TABLES, 332 and 333.
/// </summary>
public class TableWritingTests
{
    private const ulong Poison = 0xDEAD_BEEF_DEAD_BEEF;
    private const ulong DeviceB = 8300;
    private static readonly ulong Page2 = Places.DeviceTable() + 0x2_0000;

    [Fact]
    public void Empty_ITS_writes_the_end_of_the_collections_alone()
    {
        var guest = Guest.Started();
        guest.Write64(Places.CollectionTable(), Poison);
        guest.Write64(Places.CollectionTable() + 8, Poison);

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(0UL, guest.Read64(Places.CollectionTable()));
        Assert.Equal(Poison, guest.Read64(Places.CollectionTable() + 8));
    }

    /// <summary>Case 256, value by value.</summary>
    [Fact]
    public void Device_event_and_collection_have_the_values_of_the_ABI()
    {
        var guest = Guest.Started();
        guest.Write64(Places.CollectionTable() + 8, Poison);
        guest.Run(
            GuestCommand.Mapd(2, 8, 0x4008_0000), GuestCommand.Mapc(3, 3), GuestCommand.Mapti(2, 20, 8195, 3));
        guest.Disable();

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(0x8000_0000_0801_0007UL, guest.Read64(Places.DeviceTable() + 0x10));
        Assert.Equal(0x0000_0000_2003_0003UL, guest.Read64(0x4008_00A0));
        Assert.Equal(0x8000_0000_0003_0003UL, guest.Read64(Places.CollectionTable()));
        Assert.Equal(0UL, guest.Read64(Places.CollectionTable() + 8));
    }

    /// <summary>The other worked values of tables 6.5.</summary>
    [Fact]
    public void Distances_to_the_next_and_missing_targets_have_the_values_of_the_ABI()
    {
        var guest = Guest.Started();
        guest.Run(
            GuestCommand.Mapd(2, 8, 0x4008_0000), GuestCommand.Mapd(7, 8, 0x4009_0000),
            GuestCommand.Mapti(2, 0, 8192, 0), GuestCommand.Mapti(2, 1, 8193, 0));

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(0x800A_0000_0801_0007UL, guest.Read64(Places.DeviceTable() + 0x10));
        Assert.Equal(0x0001_0000_2000_0000UL, guest.Read64(0x4008_0000));
        Assert.Equal(0x8000_FFFF_FFFF_0000UL, guest.Read64(Places.CollectionTable()));
    }

    [Fact]
    public void Without_a_device_table_the_collections_are_written()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(2, 8, Places.Itt(2)), GuestCommand.Mapc(3, 3));
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, Places.DeviceTable() | Guest.Pages64K);

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(0UL, guest.Read64(Places.DeviceTable() + 0x10));
        Assert.Equal(0x8000_0000_0003_0003UL, guest.Read64(Places.CollectionTable()));
    }

    [Fact]
    public void Save_changes_nothing_and_writes_the_same_bytes_again()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Signal(2, 20);
        var before = guest.Gic.Persistence.Save();

        Assert.True(SaveTables(guest).IsDone);
        var first = new Guest(guest.Options);
        RamCopy.Copy(guest, first);
        Assert.True(SaveTables(guest).IsDone);

        Assert.Null(RamCopy.Difference(first, guest));
        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
        guest.Gic.Resume();
        Assert.Equal([8195U], guest.Cpu(3).TakeAll());
        Assert.Equal(Translation.MsiOutcome.Pended, guest.Signal(2, 20));
    }

    [Fact]
    public void Distance_between_devices_stops_at_its_largest_value()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K | 3);
        guest.Enable();
        guest.Run(GuestCommand.Mapd(1, 4, Places.Itt(1)), GuestCommand.Mapd(20_000, 4, Places.Itt(2)));

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(16383UL, (guest.Read64(Places.DeviceTable() + 8) >> 49) & 0x3FFF);
        Assert.Equal(TableEntries.Dte(Places.Itt(2), 4), guest.Read64(Places.DeviceTable() + (20_000 * 8)));
    }

    /// <summary>Case 302, for which there is a rule of our own: the event keeps its collection.</summary>
    [Fact]
    public void Event_of_an_unmapped_collection_is_written_with_the_collection()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Run(GuestCommand.MapcUnmap(3));

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(TableEntries.Ite(8195, 3), guest.Read64(Places.Itt(2) + (20 * 8)));
        Assert.Equal(TableEntries.Cte(3, TableEntries.NoTarget), guest.Read64(Places.CollectionTable()));
        Assert.Equal(0UL, guest.Read64(Places.CollectionTable() + 8));
    }

    [Fact]
    public void Device_whose_level_1_entry_is_gone_is_passed_over()
    {
        var guest = TwoLevelGuest();
        guest.Write64(Places.DeviceTable() + 8, 0);
        guest.Write64(Page2 + ((DeviceB - 8192) * 8), Poison);

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(TableEntries.Dte(Places.Itt(1), 4), guest.Read64(Places.DeviceTable() + 0x1_0000 + 8));
        Assert.Equal(Poison, guest.Read64(Page2 + ((DeviceB - 8192) * 8)));
    }

    [Fact]
    public void Collection_table_that_was_replaced_has_the_end_alone()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K | 1);
        guest.Enable();
        guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1));
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | Guest.Pages64K);
        guest.Write64(Places.CollectionTable(), Poison);
        guest.Write64(Places.CollectionTable() + 8, Poison);

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(0UL, guest.Read64(Places.CollectionTable()));
        Assert.Equal(Poison, guest.Read64(Places.CollectionTable() + 8));
    }

    [Theory]
    [InlineData("translation table", false)]
    [InlineData("entry in the device table", false)]
    [InlineData("translation table", true)]
    [InlineData("entry in the device table", true)]
    public void Table_that_cannot_be_written_is_told_and_the_collections_are_not_written(string what, bool isRam)
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        var place = what == "translation table" ? Places.Itt(2) : Places.DeviceTable();
        var range = new GuestRange(new GuestAddress(place), 0x1000);
        if (isRam)
        {
            guest.Memory.FaultWrites(range);
        }
        else
        {
            guest.Memory.MakeReadOnly(range);
        }

        var problem = Assert.Single(SaveTables(guest).Problems);

        // RAM that takes nothing is the host's trouble, and no mistake of the guest's.
        var kind = isRam ? RestoreProblemKind.MemoryFailed : RestoreProblemKind.NotInRam;
        Assert.Equal((kind, "its[0].device[0x2]"), (problem.Kind, problem.Path));
        Assert.StartsWith($"its {what}", problem.Message, StringComparison.Ordinal);
        Assert.Equal(0UL, guest.Read64(Places.CollectionTable()));
    }

    [Fact]
    public void More_collections_than_the_table_has_slots_are_told()
    {
        var guest = Guest.Started(new GuestOptions
        {
            Profile = Profiles.GicProfiles.Kvm with { PageSizes = Profiles.TablePageSizes.All },
        });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable() | 0xFF);
        guest.Enable();
        guest.Run(GuestCommand.Mapd(2, 10, Places.Itt(2)));
        guest.Run([.. Enumerable.Range(0, 600).Select(n => GuestCommand.Mapti(2, (uint)n, 8192 + (uint)n, (uint)n))]);
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.CollectionTable());

        var problem = Assert.Single(SaveTables(guest).Problems);

        Assert.Equal((RestoreProblemKind.Inconsistent, "its[0].collection"), (problem.Kind, problem.Path));
    }

    [Fact]
    public void Collections_that_hardware_holds_need_a_table_to_be_saved()
    {
        var guest = Guest.Started(new GuestOptions
        {
            Profile = Profiles.GicProfiles.Kvm with { HardwareCollections = 4 },
        });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Places.CollectionTable() | Guest.Pages64K);
        guest.Enable();
        Assert.True(SaveTables(guest).IsDone);
        guest.Gic.Resume();
        guest.Run(GuestCommand.Mapc(3, 1));

        var problem = Assert.Single(SaveTables(guest).Problems);

        Assert.Equal((RestoreProblemKind.Inconsistent, "its[0].collection"), (problem.Kind, problem.Path));
        Assert.Contains("GITS_BASER1", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Full_collection_table_has_no_end()
    {
        var guest = Guest.Started();
        guest.Write64(Places.CollectionTable() + 0x1_0000, Poison);
        guest.Run([.. Enumerable.Range(0, 1024).Select(n => GuestCommand.Mapc((uint)n, 0))]);
        for (var batch = 1; batch < 8; batch++)
        {
            guest.Run([.. Enumerable.Range(batch * 1024, 1024).Select(n => GuestCommand.Mapc((uint)n, 0))]);
        }

        Assert.True(SaveTables(guest).IsDone);

        Assert.Equal(TableEntries.Cte(8191, 0), guest.Read64(Places.CollectionTable() + 0xFFF8));
        Assert.Equal(Poison, guest.Read64(Places.CollectionTable() + 0x1_0000));
    }

    [Fact]
    public void Pending_tables_hold_what_is_pending_and_their_first_KiB_is_left_alone()
    {
        var guest = Guest.Started();
        guest.Map(2, 20, 8195, 3, 3);
        guest.Run(GuestCommand.Mapc(1, 1), GuestCommand.Mapti(2, 21, 8196, 1));
        guest.Signal(2, 20);
        guest.Fill(Places.PendingTable(1), 1024, 0x5A);
        guest.Fill(Places.PendingTable(3), 1024, 0x5A);
        guest.Gic.Pause();

        Assert.True(guest.Gic.Userspace.SavePendingTables().IsDone);

        Assert.Equal(1 << 3, guest.ReadByte(Places.PendingByte(3, 8195)));
        Assert.Equal(0, guest.ReadByte(Places.PendingByte(1, 8195)));
        Assert.All(guest.ReadBytes(Places.PendingTable(3), 1024), kept => Assert.Equal(0x5A, kept));
        guest.Gic.Resume();
        guest.Signal(2, 21);
        guest.Gic.Pause();
        Assert.True(guest.Gic.Userspace.SavePendingTables().IsDone);
        Assert.Equal(1 << 4, guest.ReadByte(Places.PendingByte(1, 8196)));
        Assert.Equal(1 << 3, guest.ReadByte(Places.PendingByte(3, 8195)));
        Assert.Equal([8195U], guest.PendingAt(3));
    }

    private static CommitResult SaveTables(Guest guest)
    {
        guest.Gic.Pause();
        return guest.Gic.Userspace.SaveTables(0);
    }

    /// <summary>Devices 1 and 8300, each in its page of the second level.</summary>
    private static Guest TwoLevelGuest()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.DeviceTable() | Guest.Pages64K);
        guest.Enable();
        guest.Write64(Places.DeviceTable(), TableEntries.Level1(Places.DeviceTable() + 0x1_0000));
        guest.Write64(Places.DeviceTable() + 8, TableEntries.Level1(Page2));
        guest.Run(GuestCommand.Mapd(1, 4, Places.Itt(1)), GuestCommand.Mapd((uint)DeviceB, 4, Places.Itt(2)));
        Assert.Empty(guest.TakeErrors());
        return guest;
    }
}
