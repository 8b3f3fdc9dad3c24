using ItsService.Core.Identifiers;
using ItsService.Server.Memory;

namespace ItsService.Server.Tests.Memory;

/// <summary>The account of written pages: complete, in order, and nothing lost with an answer.</summary>
public class DirtyPagesTests
{
    private const int Many = 4096;

    [Fact]
    public void Write_across_a_page_boundary_dirties_both()
    {
        var pages = new DirtyPages();
        pages.Add(new GuestAddress(0x1FFC), 8);

        Assert.Equal([(0x1000UL, 0x2000UL)], Taken(pages, received: 0));
        Assert.False(pages.HasUntold);
    }

    [Fact]
    public void Write_of_nothing_dirties_nothing()
    {
        var pages = new DirtyPages();
        pages.Add(new GuestAddress(0x1000), 0);

        Assert.Empty(Taken(pages, received: 0));
    }

    [Fact]
    public void Pages_that_follow_one_another_are_one_range_and_others_are_not()
    {
        var pages = new DirtyPages();
        foreach (var page in new ulong[] { 70, 63, 64, 65, 3, 127, 128 })
        {
            pages.Add(new GuestAddress(page * 4096), 1);
        }

        Assert.Equal(
            [(3UL * 4096, 4096UL), (63UL * 4096, 3 * 4096UL), (70UL * 4096, 4096UL), (127UL * 4096, 2 * 4096UL)],
            Taken(pages, received: 0));
    }

    [Fact]
    public void Answer_that_did_not_arrive_is_told_again()
    {
        var pages = new DirtyPages();
        pages.Add(new GuestAddress(0x5000), 1);
        Assert.Equal([(0x5000UL, 0x1000UL)], Taken(pages, received: 0));
        pages.Add(new GuestAddress(0x7000), 1);

        Assert.Equal([(0x5000UL, 0x1000UL), (0x7000UL, 0x1000UL)], Taken(pages, received: 99));
        Assert.Empty(Taken(pages, pages.LastAnswer));
    }

    [Fact]
    public void Page_that_is_written_again_after_it_was_told_is_told_again()
    {
        var pages = new DirtyPages();
        pages.Add(new GuestAddress(0x5000), 1);
        Taken(pages, received: 0);
        pages.Add(new GuestAddress(0x5008), 1);

        Assert.Equal([(0x5000UL, 0x1000UL)], Taken(pages, pages.LastAnswer));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(Many)]
    public void Everything_comes_out_once_however_little_is_taken_at_a_time(int rangesMax)
    {
        var random = new Random(5);
        var pages = new DirtyPages();
        var expected = new SortedSet<ulong>();
        for (var write = 0; write < 2000; write++)
        {
            var page = (ulong)random.Next(3000);
            expected.Add(page);
            pages.Add(new GuestAddress(page * 4096), 1);
        }

        var found = new List<ulong>();
        do
        {
            var ranges = pages.Take(pages.LastAnswer, rangesMax);
            Assert.InRange(ranges.Count, 1, rangesMax);
            found.AddRange(ranges.SelectMany(PagesOf));
        }
        while (pages.HasUntold);

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Pages_without_number_take_bounded_room_and_every_one_is_told()
    {
        var random = new Random(7);
        var pages = new DirtyPages();
        var written = new List<ulong>();
        for (var write = 0; write < 3 * DirtyPages.WordsMax; write++)
        {
            written.Add((ulong)random.NextInt64(1L << 40));
            pages.Add(new GuestAddress(written[^1] * 4096), 1);
            Assert.InRange(pages.WordCount, 1, DirtyPages.WordsMax);
        }

        var first = pages.Take(received: 0, Many).ToArray();
        var ranges = new List<GuestRange>();
        // The first answer did not arrive.
        var received = 99UL;
        do
        {
            ranges.AddRange(pages.Take(received, Many));
            received = pages.LastAnswer;
        }
        while (pages.HasUntold);

        Assert.Equal(first, ranges.Take(first.Length));
        for (var number = 1; number < ranges.Count; number++)
        {
            var before = ranges[number - 1];
            Assert.True(before.Start.Value + before.LengthBytes <= ranges[number].Start.Value, $"range {number}");
        }

        var starts = ranges.ConvertAll(range => range.Start.Value);
        foreach (var page in written)
        {
            var place = starts.BinarySearch(page * 4096);
            var range = ranges[place < 0 ? ~place - 1 : place];
            Assert.True(range.Contains(new GuestAddress(page * 4096)), $"page {page} is not told");
        }
    }

    /// <summary>Also where they become so many, in the midst of it, that a bit stands for several.</summary>
    [Theory]
    [InlineData(1UL, 1000)]
    [InlineData(50UL, 3 * DirtyPages.WordsMax)]
    public void Pages_at_once_are_told_as_one_by_one(ulong gapMax, int count)
    {
        var random = new Random(9);
        var (together, single) = (new DirtyPages(), new DirtyPages());
        var numbers = new ulong[count];
        for (var index = 1; index < count; index++)
        {
            // Some twice.
            numbers[index] = numbers[index - 1] + (ulong)random.NextInt64((long)gapMax + 1);
        }

        together.Add(new GuestAddress(numbers[count / 2] * 4096), 1);
        together.AddPages(numbers);
        foreach (var number in numbers)
        {
            single.Add(new GuestAddress(number * 4096), 1);
        }

        do
        {
            Assert.Equal(Taken(single, single.LastAnswer), Taken(together, together.LastAnswer));
        }
        while (single.HasUntold);

        Assert.False(together.HasUntold);
    }

    [Fact]
    public void Single_pages_are_told_again_when_all_that_was_too_much_has_arrived()
    {
        var pages = new DirtyPages();
        for (var write = 0UL; write <= DirtyPages.WordsMax; write++)
        {
            pages.Add(new GuestAddress(write * 64 * 4096), 1);
        }

        while (pages.HasUntold)
        {
            Assert.All(pages.Take(pages.LastAnswer, Many), range => Assert.Equal(2 * 4096UL, range.LengthBytes));
        }

        pages.Take(pages.LastAnswer, Many);
        pages.Add(new GuestAddress(0x5000), 1);

        Assert.Equal([(0x5000UL, 0x1000UL)], Taken(pages, pages.LastAnswer));
    }

    private static IEnumerable<ulong> PagesOf(GuestRange range)
    {
        for (var address = range.Start.Value; address < range.Start.Value + range.LengthBytes; address += 4096)
        {
            yield return address / 4096;
        }
    }

    private static (ulong Address, ulong LengthBytes)[] Taken(DirtyPages pages, ulong received) =>
        [.. pages.Take(received, Many).Select(range => (range.Start.Value, range.LengthBytes))];
}
