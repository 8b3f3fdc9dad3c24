using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Replay;

/// <summary>A recording of the repository, replayed as it is.</summary>
internal static class WholeReplay
{
    /// <summary>The largest one takes seconds; a machine that is busy with other things takes longer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Every answer is the recorded one, all of them are counted, and the VM is gone.</summary>
    public static async Task RunAsync(string name, Way way)
    {
        await using var server = await TestServer.StartAsync();
        string[] service = way switch
        {
            Way.Tcp => ["--server", server.Url],
            Way.UnixSocket => ["--server", server.UnixUrl],
            _ => ["--embedded"],
        };

        var run = await ItsctlRun.OfAsync(["replay", Recordings.PathOf(name), .. service], Limit);

        Assert.Equal(Recordings.Summary(name), run.Output.TrimEnd('\n'));
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Empty(await server.ListVmsAsync());
    }
}
