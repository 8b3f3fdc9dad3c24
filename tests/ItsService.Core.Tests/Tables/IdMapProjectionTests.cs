using ItsService.Core.Tables;

namespace ItsService.Core.Tests.Tables;

/// <summary>All values of a map at once, and room for all of them at once.</summary>
public class IdMapProjectionTests
{
    [Fact]
    public void Values_come_in_order_wherever_they_are_kept()
    {
        var map = new IdMap<int>();
        foreach (var id in new uint[] { 4_000_000_000, 2, 0, 70_000, 3 })
        {
            map.Set(id, (int)(id % 1000) + 1);
        }

        map.Remove(3);
        var found = new (uint, int)[map.Count];
        map.Project(found.AsSpan(), (id, value) => (id, value));

        Assert.Equal([(0, 1), (2, 3), (70_000, 1), (4_000_000_000, 1)], found);
    }

    [Fact]
    public void Empty_map_gives_nothing()
    {
        new IdMap<int>().Project(Span<int>.Empty, (_, value) => value);
    }

    [Fact]
    public void Room_is_made_for_dense_numbers_alone()
    {
        var (dense, sparse) = (new IdMap<int>(), new IdMap<int>());

        dense.Reserve(count: 1000, lastId: 999);
        sparse.Reserve(count: 4, lastId: 4_000_000_000);

        Assert.Equal((1024, 0), (dense.SlotCount, sparse.SlotCount));
        dense.Set(999, 1);
        Assert.Equal((1024, 1, 1), (dense.SlotCount, dense.Count, dense[999]));
    }

    [Fact]
    public void Values_far_out_move_where_room_is_made()
    {
        var map = new IdMap<int>();
        map.Set(500, 7);

        map.Reserve(count: 1000, lastId: 999);
        map.Set(1, 8);

        var found = new (uint, int)[map.Count];
        map.Project(found.AsSpan(), (id, value) => (id, value));
        Assert.Equal([(1, 8), (500, 7)], found);
    }
}
