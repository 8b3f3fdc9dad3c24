using ItsService.Differential.Shrinking;

namespace ItsService.Differential.Tests;

/// <summary>What is left of a list that fails.</summary>
public class DeltaDebuggingTests
{
    [Theory]
    [InlineData(new[] { 3 })]
    [InlineData(new[] { 0, 99 })]
    [InlineData(new[] { 17, 18, 19, 64 })]
    public async Task Only_what_the_failure_needs_is_left(int[] needed)
    {
        var shrunk = await DeltaDebugging.ShrinkAsync(
            [.. Enumerable.Range(0, 100)],
            part => Task.FromResult(needed.All(part.Contains)),
            () => true);

        Assert.Equal(needed, shrunk);
    }

    [Fact]
    public async Task What_is_found_so_far_is_taken_when_the_time_is_over()
    {
        var tries = 0;

        var shrunk = await DeltaDebugging.ShrinkAsync(
            [.. Enumerable.Range(0, 100)],
            part => Task.FromResult(part.Contains(70)),
            () => tries++ < 2);

        Assert.Equal(Enumerable.Range(50, 50), shrunk);
    }
}
