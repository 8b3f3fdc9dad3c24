namespace ItsService.Differential.Tests;

/// <summary>The command line.</summary>
public class DifferentialOptionsTests
{
    [Fact]
    public void Options_are_read()
    {
        var options = DifferentialOptions.Parse(
            ["--minutes", "0.5", "--seed", "7", "--sequence", "2", "--keep", "1-3", "--canary"]);

        Assert.Equal(
            (TimeSpan.FromSeconds(30), 7UL, 2, "1-3", true),
            (options.Duration, options.Seed, options.OnlySequence, options.Keep, options.HasCanary));
    }

    [Theory]
    [InlineData("--minutes 0", "--minutes")]
    [InlineData("--minutes ten", "--minutes")]
    [InlineData("--seed -1", "--seed")]
    [InlineData("--seed", "--seed")]
    [InlineData("--sequences 3000000000", "--sequences")]
    [InlineData("--keep 1", "--sequence")]
    [InlineData("--hurry", "--hurry")]
    public void Arguments_that_make_no_sense_are_named(string line, string named)
    {
        var problem = Assert.Throws<FormatException>(() => DifferentialOptions.Parse(line.Split(' ')));

        Assert.Contains(named, problem.Message, StringComparison.Ordinal);
    }
}
