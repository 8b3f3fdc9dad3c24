using System.Text.Json;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.CommandLine;
using ItsService.SaveLoad.Running;

namespace ItsService.SaveLoad.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("", "carry, saved; drain, saved; refuse, saved")]
    [InlineData("--policy drain", "drain, saved")]
    [InlineData("--policy carry --one-outstanding", "carry, saved; carry, restored; carry, restarted")]
    [InlineData("--one-outstanding --policy carry --successor restored", "carry, restored")]
    [InlineData("--policy refuse --successor all", "refuse, saved; refuse, restored; refuse, restarted")]
    public void Each_policy_is_run_with_each_successor(string arguments, string runs)
    {
        var options = SaveLoadOptions.Parse(Words(arguments), out _);

        Assert.Equal(runs, string.Join("; ", options!.Runs));
    }

    [Fact]
    public void A_run_lasts_a_minute_and_five_hundred_saves_unless_told_otherwise()
    {
        var plan = SaveLoadOptions.Parse([], out _)!.Runs[0];

        Assert.Equal((60.0, 500, 8, 1UL), (plan.Time.TotalSeconds, plan.SaveCount, plan.SenderCount, plan.Seed));
        Assert.False(plan.IsOneOutstanding);
    }

    [Fact]
    public void Numbers_and_the_file_are_understood()
    {
        var options = SaveLoadOptions.Parse(
            Words("--seconds 1.5 --saves 95 --senders 3 --seed 7 --json out --successor restarted"), out _)!;
        var plan = options.Runs[0];

        Assert.Equal((1.5, 10, 3, 7UL), (plan.Time.TotalSeconds, plan.SaveCount, plan.SenderCount, plan.Seed));
        Assert.Equal("out", options.JsonFile);
    }

    [Theory]
    [InlineData("--seconds", "--seconds takes a number")]
    [InlineData("--seconds -1", "--seconds takes a number")]
    [InlineData("--seconds nan", "--seconds takes a number")]
    [InlineData("--saves 0", "--saves takes a number, 1..1000000")]
    [InlineData("--senders 65", "--senders takes a number, 1..64")]
    [InlineData("--seed -1", "--seed takes a number")]
    [InlineData("--policy keep", "--policy takes carry, drain, refuse or all")]
    [InlineData("--policy 1", "--policy takes carry, drain, refuse or all")]
    [InlineData("--successor", "--successor takes saved, restored, restarted or all")]
    [InlineData("--json", "--json takes a file")]
    [InlineData("--faster", "'--faster' is no option")]
    public void Bad_arguments_are_refused_with_the_reason(string arguments, string reason)
    {
        Assert.Null(SaveLoadOptions.Parse(Words(arguments), out var problem));
        Assert.StartsWith(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_has_a_column_for_each_run()
    {
        RunFigures[] runs =
        [
            new(new RunPlan()) { SaveCount = 1234, PendedCount = 5, CoalescedCount = 6 },
            new(new RunPlan { Policy = InFlightPolicy.Drain, Successor = Successor.Restored }) { Mismatch = "one" },
        ];

        var lines = FigureTable.Print(runs).Split('\n').Select(line => string.Join(' ', Words(line))).ToList();

        Assert.Contains("in-flight policy carry drain", lines);
        Assert.Contains("saves 1,234 0", lines);
        Assert.Contains("messages sent 11 0", lines);
        Assert.Contains("mismatches 0 1", lines);
    }

    [Fact]
    public void Json_has_the_same_figures()
    {
        var run = new RunFigures(new RunPlan { Seed = 9 }) { SaveCount = 3, Mismatch = "an LPI is missing" };

        using var json = JsonDocument.Parse(FigureJson.Print([run]));

        var told = json.RootElement.GetProperty("runs")[0];
        Assert.Equal(9, told.GetProperty("seed").GetInt64());
        Assert.Equal(3, told.GetProperty("saves").GetInt64());
        Assert.Equal("carry", told.GetProperty("policy").GetString());
        Assert.Equal("an LPI is missing", told.GetProperty("mismatch").GetString());
        Assert.All(FigureTable.Rows, row => Assert.True(told.TryGetProperty(row.Key, out _)));
    }

    private static string[] Words(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
