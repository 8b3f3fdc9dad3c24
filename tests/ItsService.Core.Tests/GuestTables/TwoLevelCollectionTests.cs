using ItsService.Core.GuestTables;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>A collection table of two levels, in which one page alone has a place: 512 slots of 8 bytes.</summary>
public class TwoLevelCollectionTests
{
    private const int SlotsOfPage = 512;

    /// <summary>The zero behind the last one has a place, or the table ends there.</summary>
    [Theory]
    [InlineData(SlotsOfPage - 1)]
    [InlineData(SlotsOfPage)]
    public void Collections_of_one_page_are_saved_and_restored(int count)
    {
        var guest = WithCollections(page: 0, count);
        ScriptedGuests.SaveTables(guest);
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        copy.Gic.Pause();
        AttributeImage.Of(guest).WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();

        Assert.Equal(guest.Gic.Inspection.Collections(0), copy.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Slot_without_a_page_is_told()
    {
        var guest = WithCollections(page: 1, count: 1);
        guest.Gic.Pause();

        var problem = Assert.Single(guest.Gic.Userspace.SaveTables(0).Problems);

        Assert.Equal((RestoreProblemKind.Inconsistent, "its[0].collection"), (problem.Kind, problem.Path));
        Assert.Contains("slot 0", problem.Message, StringComparison.Ordinal);
    }

    private static Guest WithCollections(uint page, int count)
    {
        var guest = new Guest(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.StartRedistributors();
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | Places.DeviceTable() | Guest.Pages64K);
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Guest.Indirect | Places.CollectionTable());
        guest.Write64(Places.CollectionTable() + (page * 8), TableEntries.Level1(Places.Scratch));
        guest.PlaceQueue(0, 16);
        guest.Enable();
        for (var collection = 0u; collection < count; collection++)
        {
            guest.Run(GuestCommand.Mapc((page * SlotsOfPage) + collection, 0));
        }

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(count, guest.Gic.Inspection.Collections(0).Count());
        return guest;
    }
}
