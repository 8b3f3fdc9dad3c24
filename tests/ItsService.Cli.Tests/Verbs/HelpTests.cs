using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

public sealed class HelpTests
{
    private static readonly string[] Names =
    [
        "", "vm", "vm create", "vm list", "vm show", "vm pause", "vm resume", "vm delete",
        "reg", "reg read", "reg write", "attr", "attr get", "attr set", "attr has",
        "cmd", "cmd submit", "level", "replay", "stress", "save", "restore", "export", "import",
        "checkpoint", "checkpoint create", "checkpoint list", "checkpoint restore", "checkpoint delete",
        "boot", "dump", "diag", "explain", "top", "trace",
    ];

    private static readonly string[] Groups = ["", "vm", "reg", "attr", "cmd", "checkpoint"];

    public static TheoryData<string> Commands => [.. Names];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_ends_with_examples_of_the_command(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var run = await ItsctlRun.OfAsync([.. words, "--help"]);

        var lines = run.Succeeded().Lines;
        Assert.Contains("Usage:", lines);
        Assert.Contains(lines, line => line.StartsWith("--server <URL>", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("--embedded", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("--json", StringComparison.Ordinal));
        var examples = lines.SkipWhile(line => line != "Examples:").Skip(1).ToList();
        Assert.NotEmpty(examples);
        Assert.All(
            examples, example => Assert.StartsWith($"itsctl {command}".TrimEnd(), example, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_lists_every_command_that_stands_behind_it(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var run = await ItsctlRun.OfAsync([.. words, "-h"]);

        var listed = run.Succeeded().Lines.SkipWhile(line => line != "Commands:").Skip(1)
            .TakeWhile(line => line != "Examples:")
            .Select(line => $"{command} {line.Split(' ')[0]}".TrimStart());
        Assert.Equal(
            Groups.Contains(command)
                ? Names.Where(other => other.Length > 0 && IsBehind(command, other))
                : [],
            listed);
    }

    [Fact]
    public async Task Nothing_but_the_name_prints_the_help()
    {
        var alone = await ItsctlRun.OfAsync([]);
        var asked = await ItsctlRun.OfAsync(["--help"]);

        Assert.Equal(asked.Succeeded().Output, alone.Succeeded().Output);
    }

    [Fact]
    public async Task Help_is_given_in_the_middle_of_a_command_that_is_not_complete()
    {
        var run = await ItsctlRun.OfAsync(["reg", "write", "GITS_CTLR", "--help"]);

        Assert.Contains("Usage:", run.Succeeded().Lines);
    }

    [Fact]
    public async Task Version_is_told()
    {
        var run = await ItsctlRun.OfAsync(["--version"]);

        Assert.Matches(@"^\d+\.\d+\.\d+", Assert.Single(run.Succeeded().Lines));
    }

    private static bool IsBehind(string command, string other) =>
        other != command
        && other.StartsWith(command, StringComparison.Ordinal)
        && !other[command.Length..].TrimStart().Contains(' ', StringComparison.Ordinal);
}
