using System.Text.RegularExpressions;
using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Samples;

/// <summary>The sample prints what README.md shows.</summary>
public sealed partial class OneMsiTests
{
    [Fact]
    public async Task Sample_prints_the_lines_of_the_README()
    {
        await using var server = await TestServer.StartAsync();

        var run = await BuiltProgram.RunAsync("samples/OneMsi", "OneMsi", server.Url);

        Assert.Equal(WithoutName(LinesOfReadme()), WithoutName(run.Succeeded().Output));
        Assert.Equal("acknowledged: 8192", run.Lines[^1]);
        Assert.Empty(await server.ListVmsAsync());
    }

    private static string LinesOfReadme()
    {
        const string Command = "$ dotnet run --project samples/OneMsi\n";
        var readme = File.ReadAllText(RepositoryFolder.PathOf("README.md"));
        var start = readme.IndexOf(Command, StringComparison.Ordinal) + Command.Length;
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
    }

    private static string WithoutName(string text) => GeneratedName().Replace(text, "vms/NAME");

    [GeneratedRegex("vms/[0-9a-z-]+")]
    private static partial Regex GeneratedName();
}
