using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Replay;

/// <summary>
/// A real guest whose controller is taken out and put into another VM at each MARK of its recording does not notice.
/// </summary>
public sealed class MovedReplayTests
{
    private const string Name = "linux61-irq-hotplug-4cpu";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("export")]
    [InlineData("save")]
    public async Task Guest_that_is_moved_at_every_mark_replays_without_a_mismatch(string way)
    {
        await using var server = await TestServer.StartAsync();

        var run = await ItsctlRun.OfAsync(
            ["replay", Recordings.PathOf(Name), "--move", way, "--server", server.UnixUrl], Limit);

        var marks = Recordings.Lines(Name).Count(line => line.StartsWith("MARK ", StringComparison.Ordinal));
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal([$"moved {marks} times by {way}", Recordings.Summary(Name)], run.Output.TrimEnd('\n').Split('\n'));
        Assert.Empty(await server.ListVmsAsync());
    }
}
