using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Tests.Allocations;

/// <summary>The pool keeps what comes and goes, and not what was needed once.</summary>
public class IntIdChunkPoolTests
{
    private const uint ChunkCount = 200;

    [Fact]
    public void What_a_set_needs_again_and_again_is_kept()
    {
        var pool = new IntIdChunkPool();
        var set = new IntIdBitmap(pool);
        for (var round = 0; round < 100; round++)
        {
            Fill(set);
            Assert.Equal(0, pool.FreeCount);
            Drain(set);
            Assert.Equal((int)ChunkCount, pool.FreeCount);
        }
    }

    [Fact]
    public void What_was_needed_once_is_given_up()
    {
        var pool = new IntIdChunkPool();
        var set = new IntIdBitmap(pool);
        Fill(set);
        Drain(set);
        ComeAndGo(set, 3 * 4096);

        Assert.InRange(pool.FreeCount, 1, 8);
    }

    [Fact]
    public void A_chunk_that_comes_back_is_empty()
    {
        var pool = new IntIdChunkPool();
        var set = new IntIdBitmap(pool);
        Fill(set);
        set.Clear();
        Assert.Equal((int)ChunkCount, pool.FreeCount);

        set.Add(new IntId(70_000));

        Assert.Equal([70_000u], set.InOrder().Select(member => member.Value));
    }

    [Fact]
    public void A_pool_that_is_cleared_gives_up_what_is_free_and_takes_back_what_is_in_use()
    {
        var pool = new IntIdChunkPool();
        var set = new IntIdBitmap(pool);
        var other = new IntIdBitmap(pool);
        Fill(set);
        other.Add(new IntId(8192));
        Drain(set);

        pool.Clear();
        Assert.Equal(0, pool.FreeCount);
        other.Clear();

        Assert.Equal(1, pool.FreeCount);
    }

    [Fact]
    public void What_is_in_use_all_the_time_is_no_reason_to_keep_more()
    {
        var pool = new IntIdChunkPool();
        var set = new IntIdBitmap(pool);
        var lasting = new IntIdBitmap(pool);
        Fill(set);
        Fill(lasting);
        Drain(set);
        ComeAndGo(set, 3 * 4096);

        Assert.InRange(pool.FreeCount, 1, 8);
    }

    [Fact]
    public void What_is_given_up_is_not_handed_out_again()
    {
        var pool = new IntIdChunkPool();
        var set = new IntIdBitmap(pool);
        Fill(set);
        Drain(set);
        ComeAndGo(set, 3 * 4096);

        Fill(set);

        Assert.Equal(0, pool.FreeCount);
    }

    [Fact]
    public void Some_leaves_are_kept_and_handed_out_again()
    {
        const uint leafSpan = 64 * 4096;
        var pool = new IntIdChunkPool();
        IntIdBitmap[] sets = [new(pool), new(pool)];
        foreach (var set in sets)
        {
            for (var leaf = 1u; leaf < 64; leaf++)
            {
                set.Add(new IntId(leaf * leafSpan));
            }
        }

        Assert.Equal(0, pool.FreeLeafCount);
        Array.ForEach(sets, Drain);
        Assert.Equal(64, pool.FreeLeafCount);

        sets[0].Add(new IntId(leafSpan));
        Assert.Equal(63, pool.FreeLeafCount);

        pool.Clear();
        Assert.Equal(0, pool.FreeLeafCount);
    }

    private static void ComeAndGo(IntIdBitmap set, uint rounds)
    {
        for (var round = 0u; round < rounds; round++)
        {
            set.Add(new IntId(round % ChunkCount * 4096));
            set.Remove(new IntId(round % ChunkCount * 4096));
        }
    }

    private static void Fill(IntIdBitmap set)
    {
        for (var chunk = 0u; chunk < ChunkCount; chunk++)
        {
            set.Add(new IntId((chunk * 4096) + (chunk % 4096)));
        }
    }

    private static void Drain(IntIdBitmap set)
    {
        while (!set.IsEmpty)
        {
            set.TakeFirst();
        }
    }
}
