using ItsService.Simulation.CommandLine;

namespace ItsService.Simulation.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("", 1.0, 1UL)]
    [InlineData("--minutes 0.5", 0.5, 1UL)]
    [InlineData("--minutes 10 --seed 7", 10.0, 7UL)]
    [InlineData("--seed 7", null, 7UL)]
    public void Time_and_seed_are_understood(string arguments, double? minutes, ulong seed)
    {
        var options = SimulationOptions.Parse(Words(arguments), out _);

        Assert.Equal(minutes, options?.Time?.TotalMinutes);
        Assert.Equal(seed, options?.Seed);
    }

    [Theory]
    [InlineData("--minutes", "--minutes takes a number")]
    [InlineData("--minutes 0", "--minutes takes a number")]
    [InlineData("--minutes soon", "--minutes takes a number")]
    [InlineData("--seed -1", "--seed takes a number")]
    [InlineData("--replay", "--replay takes a file")]
    [InlineData("--replay a --seed 1", "--replay goes with neither")]
    [InlineData("--faster", "'--faster' is no option")]
    public void Bad_arguments_are_refused_with_the_reason(string arguments, string reason)
    {
        Assert.Null(SimulationOptions.Parse(Words(arguments), out var problem));
        Assert.StartsWith(reason, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vcpus 4\nicc-read 3 ICC_IAR1_EL1\n", 0, "1 steps, 0 differences")]
    [InlineData("vcpus 4\nicc-read 4 ICC_IAR1_EL1\n", 2, "'icc-read 4 ICC_IAR1_EL1' names a place")]
    [InlineData("vcpus four\n", 2, "line 1: 'vcpus four': 'four' is no number")]
    [InlineData(null, 2, "Could not find file")]
    public void Replay_tells_how_it_ended(string? text, int expected, string message)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text ?? "");
        if (text is null)
        {
            File.Delete(file);
        }

        var output = new StringWriter();
        var code = new SimulationProgram(new SimulationOptions(null, 1, file, null), output, output).Run();
        File.Delete(file);

        Assert.Equal(expected, code);
        Assert.Contains(message, output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 0, 5_000_000, 0)]
    [InlineData(false, 1, 999_999, 0)]
    [InlineData(false, 1, 1_000_000, 3)]
    [InlineData(true, 1, 1_000_000, 1)]
    public void Run_fails_with_a_difference_and_a_long_one_with_a_missed_case(
        bool hasDifference, int missedCount, long stepCount, int expected) =>
        Assert.Equal(expected, SimulationProgram.ExitCode(hasDifference, missedCount, stepCount));

    private static string[] Words(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
