using ItsService.Fuzz.CommandLine;

namespace ItsService.Fuzz.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("", "blob tables registers", 1.0, 1UL)]
    [InlineData("--target all --minutes 10", "blob tables registers", 10.0, 1UL)]
    [InlineData("--target tables --minutes 0.5 --seed 7", "tables", 0.5, 7UL)]
    [InlineData("--target canary --executions 5", "canary", null, 1UL)]
    public void Target_time_and_seed_are_understood(string arguments, string targets, double? minutes, ulong seed)
    {
        var options = FuzzOptions.Parse(Words(arguments), out _);

        Assert.Equal(Words(targets), options?.Targets.Select(target => target.Name));
        Assert.Equal(minutes, options?.Time?.TotalMinutes);
        Assert.Equal(seed, options?.Seed);
    }

    [Theory]
    [InlineData("--target", "--target takes blob, tables")]
    [InlineData("--target wire", "--target takes blob, tables")]
    [InlineData("--minutes 0", "--minutes takes a number")]
    [InlineData("--minutes soon", "--minutes takes a number")]
    [InlineData("--executions 0", "--executions takes a number")]
    [InlineData("--seed -1", "--seed takes a number")]
    [InlineData("--work", "--work takes a folder")]
    [InlineData("--replay 00", "--replay needs --target")]
    [InlineData("--update", "--update needs --corpus")]
    [InlineData("--faster", "'--faster' is no option")]
    public void Bad_arguments_are_refused_with_the_reason(string arguments, string reason)
    {
        Assert.Null(FuzzOptions.Parse(Words(arguments), out var problem));
        Assert.StartsWith(reason, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--target canary --replay 63616E617279", 1, "eng/fuzz.sh --target canary --replay 63616E617279")]
    [InlineData("--target canary --replay 6361", 0, "letters xx")]
    [InlineData("--target canary --replay nothing", 2, "neither a file nor hex")]
    [InlineData("--target canary --executions 500000", 1, "1 findings")]
    [InlineData("--target canary --executions 10", 0, "0 findings")]
    public void Run_tells_how_it_ended(string arguments, int expected, string message)
    {
        var output = new StringWriter();

        var code = new FuzzProgram(FuzzOptions.Parse(Words(arguments), out _)!, output, output).Run();

        Assert.Equal(expected, code);
        Assert.Contains(message, output.ToString(), StringComparison.Ordinal);
    }

    private static string[] Words(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
