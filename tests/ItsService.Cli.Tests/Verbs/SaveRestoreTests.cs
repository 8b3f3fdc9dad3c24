using System.Text.Json;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>`itsctl save` and `itsctl restore`, and the client library's calls beneath them.</summary>
public sealed class SaveRestoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task State_goes_to_a_file_and_into_another_vm()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.state");
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);
        var other = await Guest.CreateAsync(server.Client, "other");
        await other.PauseAsync(Cancellation).WithinLimit();

        var saved = (await server.ItsctlAsync("save", "guest", path)).Succeeded().Lines;
        var restored = (await server.ItsctlAsync("restore", "other", path)).Succeeded().Lines;

        var size = new FileInfo(path).Length;
        Assert.Equal(
            [$"vms/guest saved to {path}, {size} bytes: 2 events mapped, 1 LPI pending, 0 commands in flight"], saved);
        Assert.Equal(
            [
                $"vms/other restored from {path}: 2 events mapped, 1 LPI pending, 0 commands in flight; it is Paused",
            ],
            restored);
        Assert.Equal(VmState.Running, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
        await other.ResumeAsync(Cancellation).WithinLimit();
        Assert.Equal(Guest.Lpi, await Guest.AcknowledgeAsync(other, vcpu: 0));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("carry")]
    [InlineData("drain")]
    [InlineData("refuse")]
    public async Task Vm_stays_paused_where_it_is_told_to(string policy)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = folder.PathOf("guest.state");

        var run = await server.ItsctlAsync("save", "guest", path, "--in-flight", policy, "--stay-paused", "--json");

        Assert.Equal("2", run.Succeeded().Json.GetProperty("mapped_events").GetString());
        Assert.Equal(VmState.Paused, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
        var summary = (await server.ItsctlAsync("restore", "guest", path, "--json")).Succeeded().Json;
        Assert.Equal(JsonValueKind.Number, summary.GetProperty("in_flight_commands").ValueKind);
    }

    [Fact]
    public async Task Running_vm_is_not_restored()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.state");
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("save", "guest", path)).Succeeded();

        var sentence = (await server.ItsctlAsync("restore", "guest", path)).FailedWith(ExitCode.Refused);

        Assert.Contains("'vms/guest' runs", sentence, StringComparison.Ordinal);
        Assert.Contains("Paused", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_difference_in_shape_has_a_line()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.state");
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("save", "guest", path)).Succeeded();
        var spec = Guest.Spec();
        spec.Vcpus.RemoveAt(1);
        spec.Profile = Profile.Qemu;
        await (await Guest.CreateAsync(server.Client, "other", spec)).PauseAsync(Cancellation).WithinLimit();

        var run = await server.ItsctlAsync("restore", "other", path);

        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Contains("shape.vcpu_count", run.Error, StringComparison.Ordinal);
        Assert.Contains("it was saved with 2, and this VM has 1", run.Error, StringComparison.Ordinal);
        Assert.Contains("shape.profile_values[attribute_policy]", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_that_is_no_state_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("other.bin");
        await File.WriteAllBytesAsync(path, new byte[300_000], Cancellation);
        await (await Guest.CreateAsync(server.Client, "guest")).PauseAsync(Cancellation).WithinLimit();

        var sentence = (await server.ItsctlAsync("restore", "guest", path)).FailedWith(ExitCode.Refused);

        Assert.Contains("300000 bytes that do not begin as a saved state does", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_that_is_too_large_is_refused_while_it_is_sent()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.SavedStateBytesMax = 64 << 10);
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.RestoreAsync(new byte[20 << 20], Cancellation).WithinLimit());

        Assert.Equal(ErrorReason.LimitExceeded, Assert.Single(refusal.Problems).Reason);
    }

    [Fact]
    public async Task Call_that_is_cancelled_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => vm.RestoreAsync(new byte[1 << 20], cancelled.Token).WithinLimit());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => vm.SaveAsync(cancellationToken: cancelled.Token).WithinLimit());
    }

    [Fact]
    public async Task Save_that_is_refused_leaves_the_file_that_was_there()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.state");
        await File.WriteAllTextAsync(path, "before", Cancellation);

        (await server.ItsctlAsync("save", "nobody", path)).FailedWith(ExitCode.Refused);

        Assert.Equal("before", await File.ReadAllTextAsync(path, Cancellation));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_told_before_anything_happens()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var noFolder = (await server.ItsctlAsync("save", "guest", folder.PathOf("a/b"), "--stay-paused"))
            .FailedWith(ExitCode.Refused);
        var isFolder = (await server.ItsctlAsync("save", "guest", folder.PathOf(""), "--stay-paused"))
            .FailedWith(ExitCode.Refused);
        var noFile = (await server.ItsctlAsync("restore", "guest", folder.PathOf("c")))
            .FailedWith(ExitCode.Refused);

        Assert.Contains("cannot be written", noFolder, StringComparison.Ordinal);
        Assert.Contains("it is a directory", isFolder, StringComparison.Ordinal);
        Assert.Contains("cannot be read", noFile, StringComparison.Ordinal);
        Assert.Equal(VmState.Running, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
    }

    [Fact]
    public async Task Time_to_drain_is_for_drain()
    {
        await using var server = await TestServer.StartAsync();

        var sentence = (await server.ItsctlAsync("save", "guest", "x.state", "--drain-ms", "5"))
            .FailedWith(ExitCode.Usage);

        Assert.Contains("--in-flight drain", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("600001")]
    public async Task Time_to_drain_is_one_millisecond_to_ten_minutes(string milliseconds)
    {
        await using var server = await TestServer.StartAsync();

        var sentence = (await server.ItsctlAsync(
                "save", "guest", "x.state", "--in-flight", "drain", "--drain-ms", milliseconds))
            .FailedWith(ExitCode.Usage);

        Assert.Contains($"--drain-ms {milliseconds} is out of range", sentence, StringComparison.Ordinal);
        Assert.Contains("1..600000", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_problems_than_have_a_line_are_counted()
    {
        const int Vcpus = 100;
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.state");
        var spec = Guest.Spec();
        spec.RedistributorRegions.Clear();
        spec.Vcpus.Clear();
        spec.Vcpus.AddRange(Enumerable.Range(0, Vcpus).Select(number => new Vcpu { Affinity = (uint)number + 1 }));
        await Guest.CreateAsync(server.Client, "guest", spec);
        (await server.ItsctlAsync("save", "guest", path)).Succeeded();
        foreach (var vcpu in spec.Vcpus)
        {
            vcpu.Affinity += 0x1_0000;
        }

        await (await Guest.CreateAsync(server.Client, "other", spec)).PauseAsync(Cancellation).WithinLimit();

        var lines = (await server.ItsctlAsync("restore", "other", path)).Error.TrimEnd('\n').Split('\n');

        Assert.Equal($"itsctl: the service refuses this for {Vcpus} reasons:", lines[0]);
        Assert.InRange(lines.Length, 4, Vcpus);
        Assert.Equal($"  and {Vcpus - (lines.Length - 2)} more", lines[^1]);
    }
}
