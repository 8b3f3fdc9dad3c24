using System.Runtime.Versioning;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Checkpoints;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Processes;
using ItsService.Server.Tests.Refusals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>
/// The directory: made when it is used, for its owner, for one service. Where it cannot be used that is told, and the
/// VM is as it was.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class StateDirectoryTests : IDisposable
{
    private readonly CheckpointFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_is_made_before_a_checkpoint_is_asked_for_and_then_for_its_owner_alone()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        Assert.False(Path.Exists(_folder.Path), "the directory was made at the start");

        var name = await server.Tcp.CheckpointAsync(guest.Name);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
        Assert.Equal(Owner, File.GetUnixFileMode(_folder.FileOf(name)));
        Assert.Equal(Owner, File.GetUnixFileMode(_folder.PathOf(".lock")));
        Assert.Equal(["guest.1.checkpoint"], _folder.Files);
    }

    [Fact]
    public async Task Service_without_a_directory_says_which_setting_turns_it_off()
    {
        await using var server = await TestServer.StartAsync(options => options.StateDirectory = ItsServerOptions.Off);
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        const string Name = "vms/guest/checkpoints/1";

        foreach (var call in new Func<Task>[]
        {
            () => server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = guest.Name, StayPaused = true }),
            () => server.Tcp.ListCheckpointsAsync(),
            () => server.Tcp.RestoreCheckpointAsync(Name),
            () => server.Tcp.DeleteCheckpointAsync(Name),
        })
        {
            AssertUnusable(await Refusal.OfAsync(call), "Its:StateDirectory", "none");
        }

        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.DoesNotContain("state.checkpoints", (await server.Tcp.GetServerInfoAsync()).Features);
    }

    [Fact]
    public async Task Second_service_is_refused_until_the_first_has_ended()
    {
        var first = await _folder.StartServerAsync();
        await Guest.CreateAsync(first.Tcp, "guest");
        var name = await first.Tcp.CheckpointAsync("vms/guest");
        await using var second = await _folder.StartServerAsync();
        var guest = await Guest.BootAsync(second.Tcp, "guest");

        AssertUnusable(
            await Refusal.OfAsync(() => second.Tcp.CheckpointAsync(
                new CheckpointRequest { Vm = guest.Name, StayPaused = true })),
            _folder.Path, "another service");
        AssertUnusable(
            await Refusal.OfAsync(() => second.Tcp.RestoreCheckpointAsync(name, "vms/other")), "another service");
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);

        await first.DisposeAsync();
        Assert.Equal("vms/guest/checkpoints/2", await second.Tcp.CheckpointAsync(guest.Name));
    }

    [Fact]
    public async Task Service_that_was_killed_leaves_the_directory_to_the_next()
    {
        string name;
        await using (var process = ServerProcess.Start(
            ["--listen", "127.0.0.1:0", "--unix-socket", "none", "--state-directory", _folder.Path],
            new Dictionary<string, string>()))
        {
            using var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0]));
            var guest = await Guest.CreateAsync(api, "guest");
            name = await api.CheckpointAsync(guest.Name);
            await process.KillAsync();
        }

        await using var next = await _folder.StartServerAsync();
        Assert.Equal("vms/guest", (await next.Tcp.RestoreCheckpointAsync(name)).Vm.Name);
    }

    [Fact]
    public async Task Path_that_is_a_file_is_told_and_the_vm_runs_on()
    {
        await File.WriteAllTextAsync(_folder.Path, "a file", TestContext.Current.CancellationToken);
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(
            new CheckpointRequest { Vm = guest.Name, StayPaused = true }));

        AssertUnusable(refusal, _folder.Path);
        Assert.Equal(guest.Name, refusal.Detail.Resource);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        File.Delete(_folder.Path);
        await server.Tcp.CheckpointAsync(guest.Name);
    }

    [Fact]
    public async Task Directory_that_is_gone_is_told_and_used_again_when_it_is_back()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await server.Tcp.CheckpointAsync(guest.Name);
        Directory.Delete(_folder.Path, recursive: true);

        AssertUnusable(await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(guest.Name)), _folder.Path, "gone");
        AssertUnusable(await Refusal.OfAsync(() => server.Tcp.ListCheckpointsAsync()), "gone");
        Assert.False(Path.Exists(_folder.Path), "another disk may be mounted there");
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);

        Directory.CreateDirectory(_folder.Path);
        // The number of one that was there is not given again while the service remembers it.
        Assert.Equal("vms/guest/checkpoints/2", await server.Tcp.CheckpointAsync(guest.Name));
    }

    [Theory]
    [InlineData("a link")]
    [InlineData("a directory")]
    public async Task Lock_that_is_no_file_is_not_followed(string what)
    {
        Directory.CreateDirectory(_folder.Path);
        var elsewhere = Path.Combine(Path.GetDirectoryName(_folder.Path)!, "elsewhere");
        if (what == "a link")
        {
            File.CreateSymbolicLink(_folder.PathOf(".lock"), elsewhere);
        }
        else
        {
            Directory.CreateDirectory(_folder.PathOf(".lock"));
        }

        await using var server = await _folder.StartServerAsync();

        AssertUnusable(await Refusal.OfAsync(() => server.Tcp.ListCheckpointsAsync()), ".lock");
        Assert.False(Path.Exists(elsewhere), "the link was followed");
    }

    [Fact]
    public async Task File_that_cannot_be_written_to_its_end_leaves_nothing_and_the_vm_runs_on()
    {
        // The system ends writes beyond 64 KiB of a file with an error, as a full disk does.
        await using var process = ServerProcess.StartWithFileLimit(
            kibibytes: 64, "--listen", "127.0.0.1:0", "--unix-socket", "none", "--state-directory", _folder.Path);
        using var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0]));
        var guest = await Guest.BootAsync(api, "large");
        var small = await Guest.CreateAsync(api, "small");
        var before = (await api.SaveAsync(guest.Name)).Blob;
        await guest.WriteMemoryAsync(
            GuestMap.DataArea, ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 32 * 4096)]));

        AssertUnusable(await Refusal.OfAsync(() => api.CheckpointAsync(guest.Name)), _folder.Path);

        Assert.Empty(_folder.Files);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.Equal(before, (await api.SaveAsync(guest.Name)).Blob);
        var name = await api.CheckpointAsync(small.Name);
        Assert.Equal("", Assert.Single(await api.ListCheckpointsAsync(), checkpoint => checkpoint.Name == name).Damage);
    }

    /// <summary>As where somebody brings a file back while the number is taken by the one that is written.</summary>
    [Fact]
    public async Task File_that_has_got_the_name_meanwhile_is_neither_overwritten_nor_deleted()
    {
        await using var server = await _folder.StartServerAsync();
        var directory = server.Services.GetRequiredService<StateDirectory>();
        directory.Open();
        await File.WriteAllTextAsync(_folder.PathOf("part"), "new", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.PathOf("whole"), "old", TestContext.Current.CancellationToken);

        Assert.Throws<StateDirectoryException>(() => directory.Rename("part", "whole"));

        Assert.Equal(
            "old", await File.ReadAllTextAsync(_folder.PathOf("whole"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Checkpoint_whose_name_is_taken_while_it_is_written_fails_and_leaves_the_other()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await server.Tcp.CheckpointAsync(guest.Name);
        await WriteMegabytesAsync(guest, count: 8);
        var second = _folder.PathOf("guest.2.checkpoint");

        var call = server.Tcp.CheckpointAsync(guest.Name);
        while (!File.Exists($"{second}.part") && !call.IsCompleted)
        {
            await Task.Yield();
        }

        await File.WriteAllTextAsync(second, "brought back", TestContext.Current.CancellationToken);
        AssertUnusable(await Refusal.OfAsync(() => call), _folder.Path);

        Assert.Equal("brought back", await File.ReadAllTextAsync(second, TestContext.Current.CancellationToken));
        Assert.Equal(["guest.1.checkpoint", "guest.2.checkpoint"], _folder.Files);
        Assert.Equal("vms/guest/checkpoints/3", await server.Tcp.CheckpointAsync(guest.Name));
    }

    [Fact]
    public async Task Directory_is_left_to_others_when_the_last_writer_has_ended()
    {
        await using var server = await TestServer.StartAsync();
        var troubles = server.Services.GetRequiredService<CheckpointTroubles>();
        using var first = new StateDirectory(_folder.Path, troubles, NullLogger<StateDirectory>.Instance);
        using var second = new StateDirectory(_folder.Path, troubles, NullLogger<StateDirectory>.Instance);
        first.Open();
        first.BeginUse();

        first.Dispose();

        Assert.Throws<StateDirectoryException>(second.Open);
        first.EndUse();
        second.Open();
    }

    [Fact]
    public async Task Lock_that_another_service_has_made_anew_is_respected()
    {
        await using var first = await _folder.StartServerAsync();
        await first.Tcp.ListCheckpointsAsync();
        File.Delete(_folder.PathOf(".lock"));
        await using var second = await _folder.StartServerAsync();
        await second.Tcp.ListCheckpointsAsync();

        AssertUnusable(await Refusal.OfAsync(() => first.Tcp.ListCheckpointsAsync()), "another service");
    }

    [Fact]
    public async Task Lock_that_vanishes_takes_no_file_from_the_writer()
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await server.Tcp.ListCheckpointsAsync();
        await WriteMegabytesAsync(guest, count: 8);

        var call = server.Tcp.CheckpointAsync(guest.Name);
        while (!File.Exists(_folder.PathOf("guest.1.checkpoint.part")) && !call.IsCompleted)
        {
            await Task.Yield();
        }

        File.Delete(_folder.PathOf(".lock"));
        await server.Tcp.ListCheckpointsAsync();

        Assert.Equal("vms/guest/checkpoints/1", await call.WithinLimit());
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task Directory_that_others_may_write_is_refused(UnixFileMode mode)
    {
        Directory.CreateDirectory(_folder.Path);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101 | mode);
        await using var server = await _folder.StartServerAsync();

        AssertUnusable(await Refusal.OfAsync(() => server.Tcp.ListCheckpointsAsync()), _folder.Path, "0700");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        await server.Tcp.ListCheckpointsAsync();
    }

    [Fact]
    public async Task Vm_is_not_paused_for_a_directory_that_is_full_already()
    {
        await using var server = await _folder.StartServerAsync(
            options => options.Limits.CheckpointBytesMax = 64 << 10);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        Directory.CreateDirectory(_folder.Path);
        await File.WriteAllBytesAsync(
            _folder.PathOf("other.1.checkpoint"), new byte[64 << 10], TestContext.Current.CancellationToken);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(
            new CheckpointRequest { Vm = guest.Name, StayPaused = true }));

        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "")
        {
            Resource = guest.Name,
            Accepted = "65536",
        }.AssertMet(refusal);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
    }

    private static async Task WriteMegabytesAsync(Guest guest, uint count)
    {
        var megabyte = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 1 << 20)]);
        for (var number = 0u; number < count; number++)
        {
            await guest.WriteMemoryAsync(GuestMap.RamBase + (number << 20), megabyte);
        }
    }

    private static void AssertUnusable(Refusal refusal, params string[] mentions)
    {
        Assert.Equal(
            (StatusCode.FailedPrecondition, ErrorReason.StateDirectoryUnusable), (refusal.Code, refusal.Detail.Reason));
        Assert.All(
            mentions, mention => Assert.Contains(mention, refusal.Detail.Message, StringComparison.Ordinal));
    }
}
