using ItsService.Simulation.Generation;

namespace ItsService.Simulation.Tests;

public class PrngTests
{
    /// <summary>A seed must mean the same on every machine and in every build.</summary>
    [Fact]
    public void Seed_decides_the_numbers()
    {
        var prng = new Prng(1);

        Assert.Equal(0x910A_2DEC_8902_5CC1UL, prng.Next());
        Assert.Equal(0xBEEB_8DA1_658E_EC67UL, prng.Next());
    }

    [Fact]
    public void Numbers_stay_below_their_bound_and_reach_all_below()
    {
        var prng = new Prng(7);
        SortedSet<int> below = [];
        SortedSet<int> between = [];
        for (var count = 0; count < 200; count++)
        {
            below.Add(prng.Below(5));
            between.Add(prng.Between(3, 4));
        }

        Assert.Equal([0, 1, 2, 3, 4], below);
        Assert.Equal([3, 4], between);
    }

    [Fact]
    public void Weight_of_zero_is_never_drawn()
    {
        var prng = new Prng(3);
        var counts = new int[3];
        for (var count = 0; count < 4000; count++)
        {
            counts[prng.Weighted([1, 0, 3])]++;
        }

        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[2], 2 * counts[0], 4 * counts[0]);
    }
}
