using ItsService.Cli.Output;

namespace ItsService.Cli.Tests.Output;

public class LatencyTextTests
{
    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(7, "7 ns")]
    [InlineData(999, "999 ns")]
    [InlineData(1_000, "1.0 us")]
    [InlineData(9_940, "9.9 us")]
    [InlineData(10_000, "10 us")]
    [InlineData(393_400, "393 us")]
    [InlineData(999_999, "1000 us")]
    [InlineData(1_000_000, "1.0 ms")]
    [InlineData(999_400_000, "999 ms")]
    [InlineData(1_000_000_000, "1.0 s")]
    [InlineData(90_000_000_000, "90 s")]
    public void Column_has_two_or_three_digits_and_ascii(ulong nanoseconds, string text) =>
        Assert.Equal(text, LatencyText.Short(nanoseconds));

    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(9_999, "9999 ns")]
    [InlineData(10_000, "10 µs")]
    [InlineData(917_510, "917.5 µs")]
    [InlineData(1_769_500, "1769.5 µs")]
    [InlineData(9_999_940, "9999.9 µs")]
    [InlineData(10_000_000, "10 ms")]
    [InlineData(258_200_000, "258.2 ms")]
    [InlineData(90_000_000_000, "90000 ms")]
    public void Report_has_a_digit_behind_the_point(ulong nanoseconds, string text) =>
        Assert.Equal(text, LatencyText.Exact(nanoseconds));
}
