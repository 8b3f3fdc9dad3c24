namespace ItsService.Cli.Tests.Replay;

/// <summary>What real guests did to their controllers, done to a running service over TCP: nothing differs.</summary>
public sealed class RecordingReplayTests
{
    public static TheoryData<string> Names => [.. Recordings.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Recording_replays_without_a_mismatch(string name) => WholeReplay.RunAsync(name, Way.Tcp);

    [Fact]
    public void Figures_tell_how_many_accesses_are_not_compared()
    {
        Assert.Equal(6, Recordings.Names.Count);
        Assert.All(Recordings.Names, name => Assert.Equal(
            Recordings.Lines(name).Count(line => line.StartsWith("RBAD ", StringComparison.Ordinal)),
            Recordings.Count(name, "RBAD")));
    }
}
