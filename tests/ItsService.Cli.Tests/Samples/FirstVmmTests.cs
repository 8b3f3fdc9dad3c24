using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Samples;

/// <summary>The program that docs/vmm-guide.md is about.</summary>
public sealed class FirstVmmTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sample_takes_a_message_and_a_wire_and_leaves_no_vm(bool overUnixSocket)
    {
        await using var server = await TestServer.StartAsync();
        var address = overUnixSocket ? server.UnixUrl : server.Url;

        var run = await BuiltProgram.RunAsync("samples/FirstVmm", "FirstVmm", address);

        Assert.Equal(LinesOfGuide(), run.Succeeded().Output);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Sample_ends_with_an_error_where_no_service_is()
    {
        var run = await BuiltProgram.RunAsync("samples/FirstVmm", "FirstVmm", "unix:/nobody/is/here.sock");

        Assert.NotEqual(0, run.ExitCode);
    }

    private static string LinesOfGuide()
    {
        const string Command = "$ dotnet run --project samples/FirstVmm\n";
        var guide = File.ReadAllText(RepositoryFolder.PathOf("docs/vmm-guide.md"));
        var start = guide.IndexOf(Command, StringComparison.Ordinal) + Command.Length;
        return guide[start..guide.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
