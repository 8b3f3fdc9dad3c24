using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Replay;

/// <summary>A recording that is altered in one place does not replay: each kind of comparison can fail.</summary>
public sealed class ReplayMismatchTests
{
    private const string Name = "linux612-page16k-1cpu";
    private const string Idle = "unbind 0000:00:09.0 virtio-pci";
    private const string Busy = "affinity under load";
    private const string Rebound = "bind 0000:00:09.0 virtio-pci";

    private readonly EditedRecording _recording = new(Name);

    [Fact]
    public async Task Other_value_of_a_register_is_a_mismatch()
    {
        var line = _recording.Find(Idle, "R gits 4 0x0090 0x640");
        _recording.Replace(line, "0x640", "0x660");

        var mismatches = await ReplayAsync();

        Assert.Equal([$"{Place(line)}: read of gits+0x90: expected 0x660, got 0x640"], mismatches);
    }

    [Fact]
    public async Task Other_INTID_of_an_acknowledge_is_a_mismatch()
    {
        var line = _recording.Find(Busy, "ACK 0 8195");
        var next = _recording.FindFrom(line, "MSI 4 0x40 0x100 0x0");
        _recording.Replace(line, "8195", "8200");

        var mismatches = await ReplayAsync();

        // By the recording LPI 8195 stayed pending, so that its next message would coalesce.
        Assert.Equal(
            [
                $"{Place(line)}: acknowledge of CPU 0: expected 8200, got 8195",
                $"{Place(next)}: message of device 0x100, event 0: expected LPI 8195 on CPU 0 coalesced, "
                    + "got LPI 8195 on CPU 0 pended",
            ],
            mismatches);
    }

    [Fact]
    public async Task Other_highest_pending_interrupt_is_a_mismatch()
    {
        var line = _recording.Find(Idle, "HPPI 0 8323");
        _recording.Replace(line, "8323", "8324");

        var mismatches = await ReplayAsync();

        Assert.Equal([$"{Place(line)}: HPPI of CPU 0: expected 8324, got 8323, then 1023"], mismatches);
    }

    [Fact]
    public async Task Message_that_is_missing_leaves_nothing_to_acknowledge()
    {
        var line = _recording.Find(Idle, "MSI 4 0x40 0x50 0x0");
        _recording.Remove(line);

        var mismatches = await ReplayAsync();

        // The HPPI line and the ACK line moved up into its place.
        Assert.Equal(
            [
                $"{Place(line)}: HPPI of CPU 0: expected 8323, got 1023",
                $"{Place(line + 1)}: acknowledge of CPU 0: expected 8323, got 1023",
            ],
            mismatches);
    }

    [Fact]
    public async Task Command_that_maps_another_INTID_is_a_mismatch_wherever_the_first_one_was_taken()
    {
        const string Mapping = "0x480000000a 0x2002";
        var line = _recording.Find(Rebound, "CMD 0x7c0");
        _recording.Replace(line, Mapping, "0x480000000a 0x2005");
        var expected = Enumerable.Range(1, _recording.Lines.Count)
            .Where(number => number > line && _recording.Lines[number - 1] is "ACK 0 8194" or "HPPI 0 8194 0xc0")
            .Select(number => _recording.Lines[number - 1][0] == 'A'
                ? $"{Place(number)}: acknowledge of CPU 0: expected 8194, got 1023"
                : $"{Place(number)}: HPPI of CPU 0: expected 8194, got 1023")
            .ToList();

        var mismatches = await ReplayAsync();

        Assert.NotEmpty(expected);
        Assert.Equal(expected, mismatches);
    }

    [Fact]
    public async Task Interrupt_that_should_have_stayed_pending_is_a_mismatch_at_the_end()
    {
        var line = _recording.Find(Busy, "ACK 0 8195");
        _recording.Replace(line, "8195", "8200");
        _recording.CutAfter(line);

        var mismatches = await ReplayAsync();

        Assert.Equal(
            [
                $"{Place(line)}: acknowledge of CPU 0: expected 8200, got 8195",
                $"at the end [{_recording.PhaseOf(line)}]: LPI 8195 on CPU 0: expected pending, got not pending",
            ],
            mismatches);
    }

    [Fact]
    public async Task Mismatches_beyond_the_maximum_are_counted_and_not_shown()
    {
        AlterReads(count: 30);
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();
        var path = folder.Write("altered.trace.gz", _recording.ToGzip());

        var usual = await server.ItsctlAsync("replay", path);
        var few = await server.ItsctlAsync("replay", path, "--max-mismatches", "2");
        var json = await server.ItsctlAsync("replay", path, "--max-mismatches", "2", "--json");

        Assert.Equal((ExitCode.CheckFailed, ExitCode.CheckFailed), (usual.ExitCode, few.ExitCode));
        Assert.Equal((22, "... and 10 more mismatches"), (usual.Lines.Count, usual.Lines[^2]));
        Assert.Equal((4, "... and 28 more mismatches"), (few.Lines.Count, few.Lines[^2]));
        Assert.Contains(": 30 mismatches, ", few.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(ExitCode.CheckFailed, json.ExitCode);
        Assert.Equal(30, json.Json.GetProperty("mismatches").GetInt32());
        Assert.Equal(2, json.Json.GetProperty("recordings")[0].GetProperty("mismatches_shown").GetArrayLength());
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Replay_ends_at_as_many_mismatches_as_it_is_told()
    {
        AlterReads(count: 30);
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();
        var path = folder.Write("altered.trace.gz", _recording.ToGzip());

        var run = await server.ItsctlAsync("replay", path, "--stop-after", "1", "--json");

        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.InRange(run.Json.GetProperty("mismatches").GetInt32(), 1, 30);
        Assert.InRange(run.Json.GetProperty("msis").GetInt32(), 0, Recordings.Count(Name, "MSI") - 1);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task One_recording_of_two_that_fails_is_named()
    {
        var line = _recording.Find(Idle, "R gits 4 0x0090 0x640");
        _recording.Replace(line, "0x640", "0x660");
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();
        var path = folder.Write("altered.trace.gz", _recording.ToGzip());

        var run = await server.ItsctlAsync("replay", path, Recordings.PathOf(Name));

        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.StartsWith($"{path}: {Place(line)}: ", run.Lines[0], StringComparison.Ordinal);
        Assert.Contains(": 1 mismatches, 2 not compared", run.Lines[^1], StringComparison.Ordinal);
    }

    private string Place(int line) => $"line {line} [{_recording.PhaseOf(line)}]";

    private void AlterReads(int count)
    {
        var line = _recording.Find(Idle, "R gits 4 0x0090");
        for (var altered = 0; altered < count; altered++)
        {
            _recording.Replace(line, "R gits 4 0x0090 0x", "R gits 4 0x0090 0xf");
            line = _recording.FindFrom(line + 1, "R gits 4 0x0090");
        }
    }

    /// <summary>The mismatches that are printed; all counts, the exit code and the service are checked here.</summary>
    private async Task<IReadOnlyList<string>> ReplayAsync()
    {
        using var folder = new TemporaryFolder();
        await using var server = await TestServer.StartAsync();
        var path = folder.Write("altered.trace.gz", _recording.ToGzip());

        var run = await server.ItsctlAsync("replay", path, "--max-mismatches", "1000");

        var summary = _recording.Summary(mismatches: run.Lines.Count - 1);
        Assert.Equal((summary, ExitCode.CheckFailed, ""), (run.Lines[^1], run.ExitCode, run.Error));
        Assert.Empty(await server.ListVmsAsync());
        return [.. run.Lines.SkipLast(1)];
    }
}
