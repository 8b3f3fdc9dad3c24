using ItsService.Core.Commands;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Commands;

/// <summary>MAPC (commands 6.2, conformance 92 to 102).</summary>
public class MapCollectionTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    public void Events_go_to_the_collections_target(uint cpu)
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192, collection: 0, cpu);
        guest.Signal(0, 0);

        Assert.Equal([8192u], guest.PendingAt((int)cpu));
        Assert.Equal([8192u], guest.Cpu((int)cpu).TakeAll());
    }

    [Fact]
    public void Last_collection_of_the_table_is_accepted()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192, collection: 8191, cpu: 2);

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
    }

    [Fact]
    public void Mapping_anew_retargets_messages()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);
        guest.Cpu(0).TakeAll();
        guest.Run(GuestCommand.Mapc(0, 1));
        guest.Signal(0, 0);

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Mapping_anew_takes_its_pending_lpis_along_and_leaves_the_others()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.Mapc(5, 0), GuestCommand.Mapti(0, 1, 8193, 5));
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Signal(0, 1);

        guest.Run(GuestCommand.Mapc(0, 1));

        Assert.Equal([8193u], guest.PendingAt(0));
        Assert.Equal([8192u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Mapping_anew_to_a_redistributor_with_lpis_disabled_leaves_them()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Gicr(1).Write32(GicrOffset.Ctlr, 0);

        guest.Run(GuestCommand.Mapc(0, 1));

        Assert.Equal([8192u], guest.PendingAt(0));
    }

    [Fact]
    public void Mapping_anew_leaves_pending_lpis_to_movall_where_the_profile_says_so()
    {
        var guest = Guest.Started(new GuestOptions { Profile = GicProfiles.Qemu });
        guest.Map(0, 0, 8192);
        guest.Cpu(0).MaskAll();
        guest.Signal(0, 0);
        guest.Run(GuestCommand.Mapc(0, 1));
        Assert.Equal([8192u], guest.PendingAt(0));

        guest.Run(GuestCommand.Movall(0, 1));

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u], guest.Cpu(1).TakeAll());
    }

    [Fact]
    public void Unmap_with_any_rdbase_is_accepted()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.MapcUnmap(0) with { Dw2 = 99UL << 16 });

        Assert.Empty(guest.TakeErrors());
        Assert.Equal(MsiOutcome.DroppedCollectionUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Unmap_of_an_unmapped_collection_is_no_error()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.MapcUnmap(5));

        Assert.Empty(guest.TakeErrors());
    }

    [Fact]
    public void Mapping_again_brings_the_events_back()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.MapcUnmap(0), GuestCommand.Mapc(0, 2));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));
        Assert.Equal([8192u], guest.PendingAt(2));
    }

    [Fact]
    public void Event_of_an_unmapped_collection_cannot_be_discarded_until_it_is_mapped_again()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Run(GuestCommand.MapcUnmap(0), GuestCommand.Discard(0, 0), GuestCommand.Mapc(0, 0));

        Assert.Equal([CommandError.DiscardUnmappedCollection], guest.TakeErrors());
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0));

        guest.Run(GuestCommand.Discard(0, 0));

        Assert.Equal(MsiOutcome.DroppedEventUnmapped, guest.Signal(0, 0));
    }

    [Fact]
    public void Collection_table_outside_ram_is_an_error()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Places.OutsideRam | Guest.Pages64K);
        guest.Enable();
        guest.Run(GuestCommand.Mapc(0, 0));

        Assert.Equal([CommandError.MapcCollectionOutOfRange], guest.TakeErrors());
        Assert.Empty(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Two_level_collection_table_is_followed_in_qemus_profile()
    {
        var guest = Guest.Started(new GuestOptions { Profile = Named.Profile("qemu") });
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Baser1, Guest.Valid | Guest.Indirect | Places.Scratch);
        guest.Write64(Places.Scratch + 8, Guest.Valid | (Places.Scratch + 0x1000));
        guest.Enable();
        guest.Run(GuestCommand.Mapc(511, 0), GuestCommand.Mapc(512, 0), GuestCommand.Mapc(1024, 0));

        Assert.Equal(
            [CommandError.MapcCollectionOutOfRange, CommandError.MapcCollectionOutOfRange], guest.TakeErrors());
        Assert.Equal(512u, Assert.Single(guest.Gic.Inspection.Collections(0)).Collection.Value);
    }
}
