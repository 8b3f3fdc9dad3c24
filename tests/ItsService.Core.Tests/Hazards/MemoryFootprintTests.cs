using ItsService.Core.Memory;
using ItsService.Core.Tables;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Hazards;

/// <summary>What a guest takes back gives its memory back.</summary>
public class MemoryFootprintTests
{
    [Fact]
    public void A_map_that_was_large_is_small_again_when_all_but_one_value_is_gone()
    {
        var map = new IdMap<ulong>();
        for (var id = 0u; id < 65_536; id++)
        {
            map.Set(id, 7);
        }

        for (var id = 0u; id < 65_536; id++)
        {
            if (id != 40_000)
            {
                map.Remove(id);
            }
        }

        Assert.Equal(1, map.Count);
        Assert.Equal(7ul, map[40_000]);
        Assert.InRange(map.SlotCount, 1, 64);
    }

    [Fact]
    public void One_far_value_does_not_keep_the_room_of_many_near_ones()
    {
        var map = new IdMap<ulong>();
        for (var id = 0u; id < 8_192; id++)
        {
            map.Set(id, 7);
        }

        map.Set(32_767, 7);
        for (var id = 0u; id < 8_192; id++)
        {
            map.Remove(id);
        }

        Assert.Equal([32_767u], map.InOrder().Select(entry => entry.Key));
        Assert.InRange(map.SlotCount, 1, 64);
    }

    [Fact]
    public void Regions_that_meet_are_one_stretch_of_ram()
    {
        var memory = new SparseGuestMemory(
        [
            new MemoryRegion(new(new(0x1000), 0x1000)),
            new MemoryRegion(new(new(0x2000), 0x1000), IsReadOnly: true),
        ]);

        Assert.True(memory.Read(new(0x1FF8), new byte[16]).IsOk);
        Assert.False(memory.Write(new(0x1FF8), new byte[16]).IsOk);
        Assert.False(memory.Read(new(0x2FF8), new byte[16]).IsOk);
        Assert.False(memory.Read(new(ulong.MaxValue - 7), new byte[16]).IsOk);
    }

    [Fact]
    public void Collections_held_by_hardware_survive_a_change_of_the_table()
    {
        var profile = Core.Profiles.GicProfiles.Kvm with { HardwareCollections = 4 };
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Run(GuestCommand.Mapc(3, 1), GuestCommand.Mapc(4, 2));
        guest.Disable();

        guest.Gits().Write64(GitsOffset.Baser1, 0);

        Assert.Equal([3u], guest.Gic.Inspection.Collections(0).Select(entry => entry.Collection.Value));
    }
}
