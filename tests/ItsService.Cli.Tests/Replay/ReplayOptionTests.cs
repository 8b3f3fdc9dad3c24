using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Replay;

/// <summary>Several recordings, small limits, JSON, and the VM that stays.</summary>
public sealed class ReplayOptionTests
{
    [Fact]
    public async Task Several_recordings_are_replayed_one_after_the_other_and_summed()
    {
        const string First = "linux612-page16k-1cpu";
        const string Second = "linux61-bridge-2cpu";
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("replay", Recordings.PathOf(First), Recordings.PathOf(Second));

        int Sum(string kind) => Recordings.Count(First, kind) + Recordings.Count(Second, kind);
        Assert.Equal(
            [
                $"{Recordings.PathOf(First)}: {Recordings.Summary(First)}",
                $"{Recordings.PathOf(Second)}: {Recordings.Summary(Second)}",
                $"replay: {Sum("R")} reads, {Sum("CMD")} commands, {Sum("MSI")} msis, {Sum("ACK")} acks, "
                    + $"{Sum("HPPI")} hppis: 0 mismatches, {Sum("RBAD")} not compared",
            ],
            run.Succeeded().Lines);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Replay_keeps_within_small_limits_of_the_service()
    {
        const string Name = "linux612-page16k-1cpu";
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.BatchAccessesMax = 3;
            options.Limits.MemoryAccessBytesMax = 4096;
            options.Limits.MessageBytesMax = 64 << 10;
            options.Limits.MsiBatchRecordsMax = 1024;
            options.Limits.InlineCommandsMax = 1;
            options.Limits.VmsMax = 1;
        });

        var run = await server.ItsctlAsync("replay", Recordings.PathOf(Name), Recordings.PathOf(Name));

        Assert.Contains("0 mismatches", run.Succeeded().Lines[^1], StringComparison.Ordinal);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Real_guests_make_no_mistakes_that_would_stall_a_strict_queue()
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync(
            ["replay", "--command-errors", "stall", .. Recordings.Names.Select(Recordings.PathOf)]);

        Assert.Contains(": 0 mismatches", run.Succeeded().Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_as_JSON_has_the_same_counts()
    {
        const string Name = "linux612-page16k-1cpu";
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("replay", Recordings.PathOf(Name), "--json");

        var sum = run.Succeeded().Json;
        var recording = Assert.Single(sum.GetProperty("recordings").EnumerateArray());
        foreach (var json in new[] { sum, recording })
        {
            Assert.Equal(Recordings.Count(Name, "R"), json.GetProperty("reads").GetInt32());
            Assert.Equal(Recordings.Count(Name, "CMD"), json.GetProperty("commands").GetInt32());
            Assert.Equal(Recordings.Count(Name, "MSI"), json.GetProperty("msis").GetInt32());
            Assert.Equal(Recordings.Count(Name, "ACK"), json.GetProperty("acks").GetInt32());
            Assert.Equal(Recordings.Count(Name, "HPPI"), json.GetProperty("hppis").GetInt32());
            Assert.Equal(0, json.GetProperty("mismatches").GetInt32());
            Assert.Equal(Recordings.Count(Name, "RBAD"), json.GetProperty("not_compared").GetInt32());
        }

        Assert.Equal(Recordings.PathOf(Name), recording.GetProperty("recording").GetString());
    }

    [Fact]
    public async Task VM_of_a_replay_stays_when_it_is_asked_for()
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("replay", Recordings.PathOf("linux61-bridge-2cpu"), "--keep");

        run.Succeeded();
        var name = Assert.Single(await server.ListVmsAsync()).Name;
        Assert.StartsWith("vms/replay-", name, StringComparison.Ordinal);
        var vm = await server.Client.Vm(name).DescribeAsync(TestContext.Current.CancellationToken).WithinLimit();
        Assert.Equal(2, vm.Spec.Vcpus.Count);
        Assert.Equal(402_653_184UL, Assert.Single(vm.Spec.MemoryRegions).SizeBytes);
    }
}
