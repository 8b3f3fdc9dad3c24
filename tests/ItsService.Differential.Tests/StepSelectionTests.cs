using ItsService.Differential.Steps;

namespace ItsService.Differential.Tests;

/// <summary>Parts of a sequence as text.</summary>
public class StepSelectionTests
{
    private static readonly Step[] Steps =
    [
        new ReadStep(0, 4),
        new CommandsStep([.. Enumerable.Range(0, 10).Select(number => CommandSlot.Sync((uint)number))]),
        new ReadStep(4, 4),
        new CommandsStep([CommandSlot.Int(1, 2), CommandSlot.Clear(1, 2)]),
    ];

    [Theory]
    [InlineData("0-3", 14)]
    [InlineData("0,1.2-4,1.7,3", 7)]
    [InlineData("3.1", 1)]
    [InlineData("", 0)]
    public void Text_of_a_selection_gives_the_selection_again(string text, int count)
    {
        var selection = StepSelection.Parse(Steps, text);

        Assert.Equal(count, selection.Count);
        Assert.Equal(text, StepSelection.Format(Steps, selection));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("1.10")]
    [InlineData("2-1")]
    [InlineData("a")]
    [InlineData("0.0.0")]
    public void Text_that_names_what_is_not_there_is_refused(string text)
    {
        var problem = Assert.Throws<FormatException>(() => StepSelection.Parse(Steps, text));

        Assert.Contains(text, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_are_left_out_whole_or_in_part()
    {
        var kept = StepSelection.Apply(Steps, StepSelection.Parse(Steps, "1.3,1.5,2"));

        Assert.Equal([1, 2], kept.Select(entry => entry.Number));
        Assert.Equal(
            [CommandSlot.Sync(3), CommandSlot.Sync(5)], Assert.IsType<CommandsStep>(kept[0].Step).Commands);
        Assert.Same(Steps[2], kept[1].Step);
    }
}
