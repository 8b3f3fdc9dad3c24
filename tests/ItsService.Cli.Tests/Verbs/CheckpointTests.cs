using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>`itsctl checkpoint`, and the client library's calls beneath it.</summary>
public sealed class CheckpointTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Vm_comes_back_after_it_was_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);

        var created = (await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded().Lines;
        Assert.Equal(VmState.Running, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
        (await server.ItsctlAsync("vm", "delete", "guest")).Succeeded();
        var listed = (await server.ItsctlAsync("checkpoint", "list")).Succeeded().Output;
        var restored = (await server.ItsctlAsync("checkpoint", "restore", "guest/1")).Succeeded().Lines;

        const string Summary = "2 events mapped, 1 LPI pending, 0 commands in flight";
        Assert.Matches(
            $"^vms/guest/checkpoints/1 written, [0-9]+ bytes, [0-9]+ of them guest memory: {Summary}$",
            Assert.Single(created));
        Assert.Contains("vms/guest/checkpoints/1", listed, StringComparison.Ordinal);
        Assert.Contains("whole", listed, StringComparison.Ordinal);
        Assert.Equal([$"vms/guest restored from vms/guest/checkpoints/1: {Summary}; it is Paused"], restored);
        (await server.ItsctlAsync("vm", "resume", "guest")).Succeeded();
        Assert.Equal(Guest.Lpi, await Guest.AcknowledgeAsync(vm, vcpu: 0));
    }

    [Fact]
    public async Task Answers_are_json_where_that_is_asked_for()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.CheckpointsPerVmMax = 2);
        await Guest.BootAsync(server.Client, "guest");
        const string Name = "vms/guest/checkpoints/3";
        (await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded();
        (await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded();

        var created = (await server.ItsctlAsync(
            "checkpoint", "create", "guest", "--in-flight", "drain", "--drain-ms", "900", "--stay-paused", "--json"))
            .Succeeded().Json;
        var listed = (await server.ItsctlAsync("checkpoint", "list", "guest", "--json")).Succeeded().Json;
        var restored = (await server.ItsctlAsync("checkpoint", "restore", Name, "--json")).Succeeded().Json;
        var twin = (await server.ItsctlAsync("checkpoint", "restore", Name, "--as", "twin")).Succeeded().Lines;
        var deleted = (await server.ItsctlAsync("checkpoint", "delete", Name, "--json")).Succeeded().Json;

        Assert.Equal(Name, created.GetProperty("checkpoint").GetProperty("name").GetString());
        var removed = Assert.Single(created.GetProperty("removed").EnumerateArray());
        Assert.Equal("vms/guest/checkpoints/1", removed.GetString());
        Assert.Equal(
            ["vms/guest/checkpoints/2", Name],
            listed.GetProperty("checkpoints").EnumerateArray().Select(found => found.GetProperty("name").GetString()));
        Assert.Equal("2", restored.GetProperty("mapped_events").GetString());
        Assert.StartsWith($"vms/twin restored from {Name}", Assert.Single(twin), StringComparison.Ordinal);
        Assert.Equal(Name, deleted.GetProperty("deleted").GetString());
    }

    [Fact]
    public async Task Removed_one_has_a_line()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.CheckpointsPerVmMax = 2);
        await Guest.CreateAsync(server.Client, "guest");
        for (var number = 1; number <= 2; number++)
        {
            Assert.Single((await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded().Lines);
        }

        var lines = (await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded().Lines;

        Assert.Equal("vms/guest/checkpoints/1 removed", lines[1]);
    }

    [Fact]
    public async Task Damaged_one_is_listed_and_the_one_before_is_offered()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");
        (await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded();
        (await server.ItsctlAsync("checkpoint", "create", "guest")).Succeeded();
        await File.WriteAllBytesAsync(
            Path.Combine(server.StateDirectory, "guest.2.checkpoint"), new byte[100], Cancellation);

        var listed = (await server.ItsctlAsync("checkpoint", "list", "guest")).Succeeded().Output;
        var sentence = (await server.ItsctlAsync("checkpoint", "restore", "guest/2")).FailedWith(ExitCode.Refused);

        Assert.Contains("damaged", listed, StringComparison.Ordinal);
        Assert.Contains("do not begin as a checkpoint does", sentence, StringComparison.Ordinal);
        Assert.Contains("vms/guest/checkpoints/1", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Library_offers_the_one_before_as_well()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var checkpoints = server.Client.Checkpoints;
        var made = await checkpoints.CreateAsync(
            vm.Name, new SaveOptions { OmitTables = true, StayPaused = true }, Cancellation).WithinLimit();

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => checkpoints.RestoreAsync(
            new CheckpointName("guest/2"), cancellationToken: Cancellation).WithinLimit());
        var offered = new CheckpointName(Assert.Single(refusal.Problems).Accepted);
        var restored = await checkpoints.RestoreAsync(offered, vm.Name, Cancellation).WithinLimit();

        Assert.Equal(ErrorReason.CheckpointNotFound, refusal.Reason);
        Assert.Equal(made.Checkpoint.Name, offered.Value);
        Assert.Equal((vm.Name, VmState.Paused), (restored.Handle.Name, restored.Description.State));
        Assert.Equal(made.Checkpoint.Summary, restored.Summary);
        await checkpoints.DeleteAsync(offered, Cancellation).WithinLimit();
        Assert.Empty(await checkpoints.ListAsync(cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Vm_that_stays_paused_without_a_checkpoint_is_told()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.CheckpointBytesMax = 64 << 10);
        var vm = await Guest.BootAsync(server.Client, "guest");
        var bytes = new byte[128 << 10];
        bytes.AsSpan().Fill(1);
        await vm.WriteMemoryAsync(Guest.Data, bytes, Cancellation).WithinLimit();

        var run = await server.ItsctlAsync("checkpoint", "create", "guest", "--stay-paused");

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("itsctl: vms/guest is Paused\nitsctl: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_of_nothing_says_so()
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal(["no checkpoints"], (await server.ItsctlAsync("checkpoint", "list")).Succeeded().Lines);
    }

    [Theory]
    [InlineData("checkpoint", "create", "guest", "--drain-ms", "5")]
    [InlineData("checkpoint", "create")]
    [InlineData("checkpoint", "restore", "")]
    [InlineData("checkpoint", "restore", "guest/1", "--as", "")]
    [InlineData("checkpoint", "delete")]
    public async Task Wrong_usage_is_told(params string[] arguments)
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal(ExitCode.Usage, (await server.ItsctlAsync(arguments)).ExitCode);
    }

    [Theory]
    [InlineData("guest")]
    [InlineData("guest/0")]
    [InlineData("a/b/c")]
    public async Task Name_that_is_none_is_refused_by_the_service(string name)
    {
        await using var server = await TestServer.StartAsync();

        var sentence = (await server.ItsctlAsync("checkpoint", "delete", name)).FailedWith(ExitCode.Refused);

        Assert.Contains("vms/{vm}/checkpoints/{number}", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_for_one_command_keeps_none()
    {
        var run = await ItsctlRun.OfAsync(["checkpoint", "list", "--embedded"]);

        Assert.Contains("Its:StateDirectory", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }
}
