using ItsService.Core.Tables;

namespace ItsService.Core.Tests.Tables;

/// <summary>The room that a map takes follows what is in it.</summary>
public class IdMapRoomTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 4)]
    [InlineData(5, 8)]
    [InlineData(9, 16)]
    [InlineData(128, 128)]
    public void Numbers_from_zero_on_take_an_array_and_nothing_beside_it(int valueCount, int slotCount) =>
        Assert.Equal(slotCount, With(valueCount).SlotCount);

    [Theory]
    [InlineData(3u)]
    [InlineData(4u)]
    [InlineData(uint.MaxValue)]
    public void A_lone_number_takes_a_few_slots_wherever_it_lies(uint id)
    {
        var map = new IdMap<ulong>();
        map.Set(id, 7);

        Assert.InRange(map.SlotCount, 1, 4);
    }

    [Fact]
    public void An_array_of_64_is_kept_whatever_is_left_in_it()
    {
        var map = With(64);
        RemoveDownTo(1, map);

        Assert.Equal(64, map.SlotCount);
    }

    [Fact]
    public void A_larger_array_is_kept_while_one_sixteenth_is_in_use()
    {
        var map = With(128);
        RemoveDownTo(8, map);
        Assert.Equal(128, map.SlotCount);

        map.Remove(7);

        Assert.Equal(8, map.SlotCount);
        Assert.Equal(Enumerable.Range(0, 7).Select(id => (uint)id), map.InOrder().Select(entry => entry.Key));
    }

    private static IdMap<ulong> With(int valueCount)
    {
        var map = new IdMap<ulong>();
        for (var id = 0u; id < valueCount; id++)
        {
            map.Set(id, 7);
        }

        return map;
    }

    private static void RemoveDownTo(int left, IdMap<ulong> map)
    {
        for (var id = (uint)map.Count - 1; id >= left; id--)
        {
            map.Remove(id);
        }
    }
}
