using ItsService.Cli.Output;

namespace ItsService.Cli.Tests.Output;

public class CountTextTests
{
    [Theory]
    [InlineData(0, "0 events")]
    [InlineData(1, "1 event")]
    [InlineData(2, "2 events")]
    [InlineData(ulong.MaxValue, "18446744073709551615 events")]
    public void One_has_no_s(ulong count, string text) => Assert.Equal(text, CountText.Of(count, "event"));
}
