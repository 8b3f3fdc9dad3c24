namespace ItsService.Cli.Tests.Replay;

/// <summary>The same over a Unix socket and with an embedded service: the small ones and a large one.</summary>
public sealed class OtherWaysReplayTests
{
    [Theory]
    [InlineData("linux61-boot-io-4cpu", Way.UnixSocket)]
    [InlineData("linux61-boot-io-4cpu", Way.Embedded)]
    [InlineData("linux61-bridge-2cpu", Way.UnixSocket)]
    [InlineData("linux61-bridge-2cpu", Way.Embedded)]
    [InlineData("linux612-page16k-1cpu", Way.UnixSocket)]
    [InlineData("linux612-page16k-1cpu", Way.Embedded)]
    [InlineData("linux612-switch-6cpu", Way.UnixSocket)]
    [InlineData("linux612-switch-6cpu", Way.Embedded)]
    public Task Recording_replays_without_a_mismatch(string name, Way way) => WholeReplay.RunAsync(name, way);
}
