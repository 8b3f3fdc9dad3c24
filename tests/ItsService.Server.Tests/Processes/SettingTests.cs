namespace ItsService.Server.Tests.Processes;

/// <summary>A wrong setting ends the start with one line that names the setting and what it accepts.</summary>
public class SettingTests
{
    private const int WrongSetting = 2;

    public static TheoryData<string, string[], string[]> WrongArguments => new()
    {
        { "--listen", ["nonsense"], ["Listen", "nonsense"] },
        { "--listen", ["127.0.0.1:65536"], ["Listen", "65535"] },
        { "--listen", ["127.0.0.1"], ["Listen", "127.0.0.1"] },
        { "--listen", [], ["--listen"] },
        { "--unix-socket", ["/" + new string('x', 200)], ["UnixSocketPath", "107"] },
        { "--unix-socket", ["none", "--listen", "none"], ["Listen", "UnixSocketPath"] },
        { "--state-directory", [""], ["StateDirectory", "none"] },
        { "--lissen", ["127.0.0.1:0"], ["--lissen", "--help"] },
        { "stray", [], ["stray"] },
    };

    public static TheoryData<string, string, string[]> WrongEnvironment => new()
    {
        { "ITS__LIMITS__VMSMAX", "0", ["VmsMax", "0", "1.."] },
        { "ITS__LIMITS__VMSMAX", "many", ["VmsMax", "many"] },
        { "ITS__LIMITS__VCPUSPERVMMAX", "513", ["VcpusPerVmMax", "513", "1..512"] },
        { "ITS__LIMITS__ITSPERVMMAX", "9", ["ItsPerVmMax", "9", "1..8"] },
        { "ITS__LIMITS__MESSAGEBYTESMAX", "-1", ["MessageBytesMax", "-1"] },
        { "ITS__LIMITS__BATCHACCESSESMAX", "0", ["BatchAccessesMax", "0", "1.."] },
        { "ITS__LIMITS__BATCHCOMMANDSMAX", "0", ["BatchCommandsMax", "0", "1.."] },
        { "ITS__LIMITS__HOSTEDMEMORYBYTESMAX", "4095", ["HostedMemoryBytesMax", "4095", "4096.."] },
        { "ITS__LIMITS__WAITINGCALLSPERVMMAX", "0", ["WaitingCallsPerVmMax", "0", "1.."] },
        { "ITS__LIMITS__DUMPSMAX", "0", ["DumpsMax", "0", "1.."] },
        { "ITS__LIMITS__CHECKPOINTSPERVMMAX", "1", ["CheckpointsPerVmMax", "1", "2..1000"] },
        { "ITS__LIMITS__CHECKPOINTBYTESMAX", "65535", ["CheckpointBytesMax", "65535", "65536.."] },
        { "ITS__LIMITS__VCPUWATCHESPERVMMAX", "0", ["VcpuWatchesPerVmMax", "0", "1..4096"] },
        { "ITS__LIMITS__TRACERSPERVMMAX", "65", ["TracersPerVmMax", "65", "1..64"] },
        { "ITS__LIMITS__TRACEEVENTSMAX", "0", ["TraceEventsMax", "0", "1..1000000"] },
        { "ITS__LIMITS__CONNECTIONSMAX", "0", ["ConnectionsMax", "0", "1.."] },
        { "ITS__LIMITS__GUESTMISTAKESKEPTMAX", "0", ["GuestMistakesKeptMax", "0", "1.."] },
        { "ITS__LIMITS__MSIBATCHRECORDSMAX", "523777", ["MsiBatchRecordsMax", "523777", "1..523776"] },
        { "ITS__LIMITS__NOSUCHLIMIT", "1", ["NOSUCHLIMIT", "VmsMax"] },
        { "ITS__NOSUCHSETTING", "1", ["NOSUCHSETTING", "Listen"] },
    };

    [Theory]
    [MemberData(nameof(WrongArguments))]
    public async Task Wrong_argument_is_named(string option, string[] values, string[] mentions)
    {
        await using var process = ServerProcess.Start([option, .. values]);

        await AssertRefusedAsync(process, mentions);
    }

    [Theory]
    [MemberData(nameof(WrongEnvironment))]
    public async Task Wrong_environment_variable_is_named(string variable, string value, string[] mentions)
    {
        await using var process = ServerProcess.Start(
            ["--listen", "127.0.0.1:0", "--unix-socket", "none"],
            new Dictionary<string, string> { [variable] = value });

        await AssertRefusedAsync(process, mentions);
    }

    [Theory]
    [InlineData("--help", "--listen")]
    [InlineData("--version", "0.")]
    public async Task Question_is_answered_and_nothing_served(string option, string mention)
    {
        await using var process = ServerProcess.Start(option);

        var (exitCode, output, error) = await process.WaitForExitAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains(mention, output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    private static async Task AssertRefusedAsync(ServerProcess process, string[] mentions)
    {
        var (exitCode, output, error) = await process.WaitForExitAsync();

        Assert.Equal(WrongSetting, exitCode);
        Assert.Empty(output);
        var line = error.TrimEnd('\n');
        Assert.DoesNotContain('\n', line);
        Assert.All(mentions, mention => Assert.Contains(mention, line, StringComparison.OrdinalIgnoreCase));
    }
}
