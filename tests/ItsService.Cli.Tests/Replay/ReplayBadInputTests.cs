using System.Text;
using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Replay;

/// <summary>What is no whole recording is refused in one sentence, and the service never hears of it.</summary>
public sealed class ReplayBadInputTests
{
    private const string Name = "linux612-page16k-1cpu";

    private static readonly Dictionary<string, (Func<TemporaryFolder, string> Make, string Problem)> Inputs = new()
    {
        ["no such file"] = (
            folder => folder.PathOf("absent.trace.gz"),
            "there is no such file"),
        ["no such directory"] = (
            folder => folder.PathOf("absent/absent.trace.gz"),
            "there is no such file"),
        ["a directory"] = (
            folder => Directory.CreateDirectory(folder.PathOf("folder")).FullName,
            "this is a directory"),
        ["an empty file"] = (
            folder => folder.Write("empty", []),
            "this is no recording: it is not gzip'd"),
        ["text that is not gzip'd"] = (
            folder => folder.Write("text", Encoding.UTF8.GetBytes(string.Join('\n', Recordings.Lines(Name)))),
            "this is no recording: it is not gzip'd"),
        ["a recording that is cut off"] = (
            folder => folder.Write("cut", File.ReadAllBytes(Recordings.PathOf(Name))[..^2000]),
            "the gzip data is cut off"),
        ["a recording with a damaged byte"] = (
            folder => folder.Write("damaged", Damaged()),
            "the gzip data is damaged"),
        ["another version of the format"] = (
            folder => folder.Write("version", Edited(1, "its-trace 1", "its-trace 2")),
            "line 1: the recording is of format 'its-trace 2', and this version reads 'its-trace 1'"),
        ["no header"] = (
            folder => folder.Write("headless", Without("H ")),
            "line 1: a recording begins with 'H format its-trace 1'"),
        ["a header without RAM"] = (
            folder => folder.Write("ramless", Without("H ram")),
            "line 10: the header has no usable 'H ram' line"),
        ["a garbled line in the middle"] = (
            folder => folder.Write("garbled", Edited(1259, "R gits 4", "R g!ts 4")),
            "line 1259: the block is 'g!ts' and not gits, gicd or gicrN"),
        ["a line of rubbish"] = (
            folder => folder.Write("rubbish", Edited(1259, "R gits 4", new string('\u001B', 100_000))),
            "line 1259: "),
        ["a last line that is cut off"] = (
            folder => folder.Write("last", Edited(Recordings.Lines(Name).Length, " ", "")),
            $"line {Recordings.Lines(Name).Length}: "),
    };

    public static TheoryData<string> InputNames => [.. Inputs.Keys];

    [Theory]
    [MemberData(nameof(InputNames))]
    public async Task Unreadable_recording_is_refused_in_one_sentence(string input)
    {
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();
        var path = Inputs[input].Make(folder);

        var run = await server.ItsctlAsync("replay", path);

        var sentence = run.FailedWith(ExitCode.Refused);
        Assert.StartsWith($"itsctl: {path}: {Inputs[input].Problem}", sentence, StringComparison.Ordinal);
        await AssertUnharmedAsync(server);
    }

    [Fact]
    public async Task Nothing_is_replayed_when_one_recording_of_two_cannot_be_read()
    {
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();
        var absent = folder.PathOf("absent.trace.gz");

        var run = await server.ItsctlAsync("replay", "--keep", Recordings.PathOf(Name), absent);

        Assert.Equal($"itsctl: {absent}: there is no such file", run.FailedWith(ExitCode.Refused));
        await AssertUnharmedAsync(server);
    }

    [Fact]
    public async Task Embedded_service_is_not_needed_to_refuse_a_recording()
    {
        var run = await ItsctlRun.OfAsync(["replay", "--embedded", "absent.trace.gz"]);

        Assert.Equal("itsctl: absent.trace.gz: there is no such file", run.FailedWith(ExitCode.Refused));
    }

    [Fact]
    public async Task Machine_that_the_service_refuses_leaves_no_VM()
    {
        var recording = new EditedRecording(Name);
        recording.Replace(recording.FindFrom(1, "H gits"), "0x8080000", "0x40000000");
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("replay", folder.Write("overlap.trace.gz", recording.ToGzip()));

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.Contains("overlap", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        await AssertUnharmedAsync(server);
    }

    [Fact]
    public async Task Command_before_there_is_a_queue_names_its_line_and_leaves_no_VM()
    {
        using var recording = RecordingText.WithHeader("MARK early", "CMD 0x0 0x5 0x0 0x0 0x0 SYNC rd=0x0");
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("replay", folder.Write("early.trace.gz", recording.ToArray()));

        var sentence = run.FailedWith(ExitCode.Refused);
        Assert.Contains($"line {RecordingText.HeaderLines + 2}: ", sentence, StringComparison.Ordinal);
        await AssertUnharmedAsync(server);
    }

    [Fact]
    public async Task Refusal_on_the_way_names_the_line_and_leaves_no_VM()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits.HostedMemoryBytesPerVmMax = 32 << 10);

        var run = await server.ItsctlAsync("replay", Recordings.PathOf(Name));

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Matches($@"^itsctl: .*{Name}\.trace\.gz: the replay got as far as line \d+$", lines[0]);
        Assert.Contains("the VM's hosted memory, or the service's, is used up", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
        await AssertUnharmedAsync(server);
    }

    private static async Task AssertUnharmedAsync(TestServer server)
    {
        Assert.Empty(await server.ListVmsAsync());
        var vm = await Guest.BootAsync(server.Client, "afterwards");
        await Guest.SignalAsync(vm, 0);
        Assert.Equal(Guest.Lpi, await Guest.AcknowledgeAsync(vm, 0));
    }

    private static byte[] Edited(int line, string before, string after)
    {
        var recording = new EditedRecording(Name);
        recording.Replace(line, before, after);
        return recording.ToGzip();
    }

    private static byte[] Without(string beginning)
    {
        var lines = Recordings.Lines(Name).Where(line => !line.StartsWith(beginning, StringComparison.Ordinal));
        using var compressed = RecordingText.Gzip(string.Join('\n', lines) + '\n');
        return compressed.ToArray();
    }

    /// <summary>In the checksum at the end: the text itself is whole.</summary>
    private static byte[] Damaged()
    {
        var bytes = File.ReadAllBytes(Recordings.PathOf(Name));
        bytes[^8] ^= 1;
        return bytes;
    }
}
