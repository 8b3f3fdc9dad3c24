using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>The options of every verb stand anywhere on the command line.</summary>
public sealed class GlobalOptionTests
{
    [Theory]
    [InlineData("--server URL --json vm list")]
    [InlineData("vm --server URL --json list")]
    [InlineData("vm list --server URL --json")]
    [InlineData("--json vm list --server URL")]
    [InlineData("--server=URL vm --json list")]
    [InlineData("vm list --json --server:URL")]
    public async Task Option_stands_before_and_after_the_verb(string commandLine)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await ItsctlRun.OfAsync(
            commandLine.Replace("URL", server.Url, StringComparison.Ordinal).Split(' '));

        Assert.Equal("vms/guest", run.Succeeded().Json.GetProperty("vms")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Unix_socket_is_a_server_as_well()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var before = await ItsctlRun.OfAsync(["--server", server.UnixUrl, "reg", "read", "GITS_TYPER"]);
        var after = await ItsctlRun.OfAsync(["reg", "read", "GITS_TYPER", "--server", server.UnixUrl]);

        Assert.Equal("GITS_TYPER 0x1ef71", before.Succeeded().Lines[0]);
        Assert.Equal(before.Output, after.Succeeded().Output);
    }

    [Theory]
    [InlineData("--embedded vm create guest-7")]
    [InlineData("vm --embedded create guest-7")]
    [InlineData("vm create guest-7 --embedded")]
    public async Task Embedded_service_lasts_as_long_as_the_verb(string commandLine)
    {
        var first = await ItsctlRun.OfAsync(commandLine.Split(' '));
        var second = await ItsctlRun.OfAsync(commandLine.Split(' '));

        Assert.Equal(["vms/guest-7"], first.Succeeded().Lines);
        Assert.Equal(["vms/guest-7"], second.Succeeded().Lines);
    }

    [Fact]
    public async Task Only_VM_need_not_be_named()
    {
        await using var server = await TestServer.StartAsync();
        var none = await server.ItsctlAsync("dump");
        await Guest.CreateAsync(server.Client, "one");
        var one = await server.ItsctlAsync("reg", "read", "GITS_TYPER", "--json");
        await Guest.CreateAsync(server.Client, "two");
        var several = await server.ItsctlAsync("reg", "read", "GITS_TYPER");
        var named = await server.ItsctlAsync("reg", "read", "GITS_TYPER", "--vm", "vms/two", "--json");

        Assert.Contains("itsctl vm create", none.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        Assert.Equal("vms/one", one.Succeeded().Json.GetProperty("vm").GetString());
        Assert.Contains("vms/one, vms/two", several.FailedWith(ExitCode.Usage), StringComparison.Ordinal);
        Assert.Equal("vms/two", named.Succeeded().Json.GetProperty("vm").GetString());
    }
}
