using ItsService.Differential.Comparison;
using ItsService.Differential.Generation;
using ItsService.Differential.KnownDifferences;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Tests;

/// <summary>How the table of known differences is consulted and judged.</summary>
public class TallyTests
{
    private static readonly ComparedRegister Register = new("GITS_CBASER", Places.GitsCbaser, 8);

    private static readonly StepContext Context = new(3, new WriteStep(Places.GitsCbaser, 8, 0), new LiveRegisters([]))
    {
        PendingTableZero = new HashSet<int>(),
        StaleLpis = new HashSet<uint>(),
        LargestLpiEnd = 8192,
    };

    [Fact]
    public void A_row_excuses_its_bits_alone()
    {
        var tally = new Tally([Row("low", bits: 0xF)]);

        Assert.Single(tally.Explain(new RegisterMismatch(Register, 0, 0x3), Context));
        Assert.Empty(tally.Explain(new RegisterMismatch(Register, 0, 0x13), Context));
        Assert.Equal(1, tally.HitsOf(tally.Rows[0]));
    }

    [Fact]
    public void Rows_excuse_a_register_together_and_each_is_counted()
    {
        var tally = new Tally([Row("low", bits: 0xF), Row("high", bits: 0xF0), Row("not needed", bits: 0xF00)]);

        var rows = tally.Explain(new RegisterMismatch(Register, 0, 0x11), Context);

        Assert.Equal(["low", "high"], rows.Select(row => row.Condition));
        Assert.Equal([1, 1, 0], tally.Rows.Select(tally.HitsOf));
    }

    [Fact]
    public void A_row_without_a_hit_is_complained_about()
    {
        var tally = new Tally([Row("used"), Row("unused", bits: 0)]);
        tally.CountComparisons(100);
        tally.Explain(new RegisterMismatch(Register, 0, 1), Context);

        Assert.Equal("no hit: GITS_CBASER: unused", Assert.Single(tally.Complaints()));
    }

    [Theory]
    [InlineData(20, false)] // 5 %
    [InlineData(19, true)]
    public void A_row_that_excuses_more_than_a_twentieth_is_complained_about(int comparisons, bool isTooWide)
    {
        var tally = new Tally([Row("wide")]);
        tally.CountComparisons(comparisons);
        tally.Explain(new RegisterMismatch(Register, 0, 1), Context);

        Assert.Equal(isTooWide, tally.Complaints().Any());
    }

    private static KnownDifference Row(string condition, ulong bits = ulong.MaxValue) =>
        new("GITS_CBASER", condition)
        {
            Qemu = "this",
            Service = "that",
            Reason = "so",
            Bits = bits,
            Explains = (mismatch, _) => mismatch is RegisterMismatch,
        };
}
