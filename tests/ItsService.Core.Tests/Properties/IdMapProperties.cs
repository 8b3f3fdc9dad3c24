using ItsService.Core.Tables;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Properties;

/// <summary>IdMap against a SortedDictionary.</summary>
public class IdMapProperties
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    [InlineData(4UL)]
    public void Map_holds_what_was_put_and_not_removed(ulong seed)
    {
        var random = new Xorshift(seed);
        var map = new IdMap<ulong>();
        var expected = new SortedDictionary<uint, ulong>();
        for (var step = 0; step < 20_000; step++)
        {
            var id = NextId(random);
            switch (random.Below(8))
            {
                case 0 or 1 or 2:
                    var value = random.Next() | 1;
                    map.Set(id, value);
                    expected[id] = value;
                    break;
                case 3 or 4:
                    Must.Hold(expected.Remove(id) == map.Remove(id), $"seed {seed}, step {step}: remove {id}");
                    break;
                case 5 when random.OneIn(500):
                    map.Clear();
                    expected.Clear();
                    break;
                default:
                    break;
            }

            expected.TryGetValue(id, out var present);
            Must.Hold(present == map[id], $"seed {seed}, step {step}: value of {id}");
            Must.Hold(expected.Count == map.Count, $"seed {seed}, step {step}: count");
            if (step % 1000 == 0)
            {
                Must.Hold(expected.SequenceEqual(map.InOrder()), $"seed {seed}, step {step}: order");
            }
        }
    }

    [Fact]
    public void Ascending_numbers_and_far_ones_are_found()
    {
        var map = new IdMap<string>();
        uint[] ids =
            [.. Enumerable.Range(0, 1000).Select(n => (uint)n), 1 << 20, int.MaxValue, 1u << 31, uint.MaxValue];
        foreach (var id in ids.Reverse())
        {
            map.Set(id, $"{id}");
        }

        Assert.Equal(ids, map.InOrder().Select(entry => entry.Key));
        Assert.All(ids, id => Assert.Equal($"{id}", map[id]));
        Assert.Null(map[5000]);
    }

    /// <summary>Mostly near one another, at times around powers of two, at times anywhere.</summary>
    private static uint NextId(Xorshift random) => random.Below(10) switch
    {
        < 6 => random.Below(600),
        < 8 => (1u << (int)random.Below(32)) + random.Below(3) - 1,
        _ => (uint)random.Next(),
    };
}
