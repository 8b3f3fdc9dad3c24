using ItsService.Core.Tables;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Tables;

/// <summary>In what order the values of a map come.</summary>
public class IdMapOrderTests
{
    [Fact]
    public void All_come_once_and_in_their_order_if_that_is_asked_for()
    {
        var random = new Xorshift(7);
        var map = new IdMap<string>();
        var expected = new SortedDictionary<uint, string>();
        for (var index = 0; index < 200; index++)
        {
            var number = (uint)(random.Next() % (index % 2 == 0 ? 128UL : uint.MaxValue));
            map.Set(number, $"{number}");
            expected[number] = $"{number}";
        }

        Assert.Equal(expected, map.InOrder());
        Assert.NotEqual(expected, map.InAnyOrder());
        Assert.Equal(expected, map.InAnyOrder().OrderBy(entry => entry.Key));
    }
}
