using ItsService.Simulation.Running;
using ItsService.Simulation.Shrinking;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Tests;

/// <summary>
/// Scripts in which the two models once differed; each file tells in what, and which of them was wrong.
/// </summary>
public class RegressionTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Regressions");

    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Folder, "*.sim").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Models_agree_at_last(string file)
    {
        var text = File.ReadAllText(Path.Combine(Folder, file));
        var script = Script.Parse(text);
        var (difference, stepCount) = Shrinker.Replay(script, new RunOptions { EverythingEvery = 1 });

        Assert.Null(difference);
        Assert.Equal(script.Steps.Count, stepCount);
        Assert.NotEmpty(script.Steps);
        Assert.StartsWith("# Seed", text, StringComparison.Ordinal);
    }
}
