using ItsService.Core.Tables;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Tables;

/// <summary>The numbers with values next to one.</summary>
public class IdMapNearestTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_nearest_are_those_of_a_plain_search(ulong seed)
    {
        var random = new Xorshift(seed + 1);
        var map = new IdMap<string>();
        var numbers = new SortedSet<uint> { 0, uint.MaxValue };
        for (var index = 0; index < 40; index++)
        {
            var isDense = index % 2 == 0;
            numbers.Add((uint)(random.Next() % (isDense ? 64UL : uint.MaxValue)));
        }

        foreach (var number in numbers)
        {
            map.Set(number, "present");
        }

        foreach (var asked in numbers.Concat<uint>([1, 50, 70, 200, 1 << 20, uint.MaxValue - 1]))
        {
            uint[] expected =
            [
                .. numbers.Where(number => number < asked).TakeLast(4),
                .. numbers.Where(number => number > asked).Take(4),
            ];
            Assert.Equal(expected, map.Nearest(asked, 4));
        }
    }

    [Fact]
    public void Nothing_is_next_to_anything_in_an_empty_map() => Assert.Empty(new IdMap<string>().Nearest(7, 4));
}
