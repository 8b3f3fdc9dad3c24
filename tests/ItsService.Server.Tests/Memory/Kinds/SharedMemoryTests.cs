using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>Files that VMMs share, and what may become of them.</summary>
public class SharedMemoryTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Vmm_finds_in_its_file_what_the_service_wrote()
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Shared);

        await made.Guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1, 2, 3));

        var file = await File.ReadAllBytesAsync(PathOf(server), TestContext.Current.CancellationToken);
        var at = (int)(GuestMap.DataArea - GuestMap.RamBase) + 4096;
        Assert.Equal([0, 1, 2, 3, 0], file[(at - 1)..(at + 4)]);
    }

    [Theory]
    [InlineData("a\nb\u001b[31m/file")]
    [InlineData("a/\u202e/file")]
    public async Task Path_is_told_in_printable_characters(string path)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        Directory.CreateDirectory(Path.Combine(GuestOfKind.DirectoryOf(server), "a"));

        var refusal = await Refusal.OfAsync(() => CreateAsync(server, path, 0x2000));

        Assert.DoesNotContain(refusal.Message, character => char.IsControl(character) || character == '\u202e');
        Assert.InRange(refusal.Message.Length, 1, 500);
    }

    [Fact]
    public async Task Regions_of_all_vms_have_so_many_files_open_and_give_them_back()
    {
        await using var server = await GuestOfKind.StartServerAsync(options => options.Limits.SharedRegionsMax = 2);
        await WriteAsync(Path.Combine(GuestOfKind.DirectoryOf(server), "file"), 8192);
        await CreateAsync(server, "file", 0x2000);

        // What was opened and not used is given back as well.
        var failed = await Refusal.OfAsync(() => CreateAsync(server, "absent", 0x2000));
        var taken = await Refusal.OfAsync(() => CreateAsync(server, "file", 0x2000));
        await CreateAsync(server, "file", 0x2000, "second");
        var refusal = await Refusal.OfAsync(() => CreateAsync(server, "file", 0x2000, "third"));
        await server.Tcp.DeleteVmAsync("vms/second");
        await CreateAsync(server, "file", 0x2000, "third");

        Assert.Equal(ErrorReason.MemoryUnusable, failed.Detail.Reason);
        Assert.Equal(ErrorReason.VmExists, taken.Detail.Reason);
        Assert.Equal(
            (ErrorReason.LimitExceeded, "spec.memory_regions[0].shared"),
            (refusal.Detail.Reason, refusal.Detail.Field));
    }

    [Theory]
    [InlineData("", "no path")]
    [InlineData(".", "no path")]
    [InlineData("../its.sock", "no path")]
    [InlineData("/etc/hostname", "no path")]
    [InlineData("inner//file", "no path")]
    [InlineData("inner/../file", "no path")]
    [InlineData("absent", "there is no 'absent'")]
    [InlineData("absent/file", "there is no 'absent'")]
    [InlineData("link", "'link' is a symbolic link")]
    [InlineData("dangling", "'dangling' is a symbolic link")]
    [InlineData("linked/file", "'linked' is no directory, or a symbolic link")]
    [InlineData("file/file", "'file' is no directory, or a symbolic link")]
    [InlineData("inner", "'inner' cannot be opened")]
    [InlineData("fifo", "'fifo' is no regular file")]
    [InlineData("short", "has 8191 bytes")]
    public async Task File_that_will_not_do_is_refused_by_name(string path, string message)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        var directory = GuestOfKind.DirectoryOf(server);
        Directory.CreateDirectory(Path.Combine(directory, "inner"));
        await WriteAsync(Path.Combine(directory, "file"), 8192);
        await WriteAsync(Path.Combine(directory, "inner", "file"), 8192);
        await WriteAsync(Path.Combine(directory, "short"), 8191);
        File.CreateSymbolicLink(Path.Combine(directory, "link"), Path.Combine(directory, "file"));
        File.CreateSymbolicLink(Path.Combine(directory, "dangling"), "nowhere");
        Directory.CreateSymbolicLink(Path.Combine(directory, "linked"), Path.Combine(directory, "inner"));
        await MakeFifoAsync(Path.Combine(directory, "fifo"));

        var refusal = await Refusal.OfAsync(() => CreateAsync(server, path, 0x2000));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("spec.memory_regions[0].shared.path", refusal.Detail.Field);
        Assert.Equal(ErrorReason.MemoryUnusable, refusal.Detail.Reason);
    }

    [Theory]
    [InlineData(0x1000, 0x2000)]
    [InlineData(ulong.MaxValue, 0x1000)]
    [InlineData(ulong.MaxValue - 0xFFF, 0x1000)]
    public async Task Part_that_the_file_does_not_have_is_refused(ulong offset, ulong size)
    {
        await using var server = await GuestOfKind.StartServerAsync();
        await WriteAsync(Path.Combine(GuestOfKind.DirectoryOf(server), "file"), 0x2000);

        var refusal = await Refusal.OfAsync(() => CreateAsync(server, "file", size, offset: offset));

        Assert.Contains("has 8192 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_shares_no_memory_says_so()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Refusal.OfAsync(() => CreateAsync(server, "file", 0x2000));
        var info = await server.Tcp.GetServerInfoAsync();

        Assert.Equal(ErrorReason.Unsupported, refusal.Detail.Reason);
        Assert.Contains("SharedMemoryDirectory", refusal.Detail.Accepted, StringComparison.Ordinal);
        Assert.DoesNotContain("memory.shared", info.Features);
        Assert.Empty(info.SharedMemoryDirectory);
    }

    [Fact]
    public async Task Refused_update_leaves_the_regions_as_they_are()
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Shared);
        var before = await made.Guest.DescribeAsync();
        var region = GuestMap.Region(GuestMap.RamBase, 0x1000);
        GuestOfKind.SetBacking(region, MemoryKind.Shared, server, "second");

        // It lies over the one that is there.
        await Refusal.OfAsync(() => server.Tcp.UpdateMemoryAsync(
            new UpdateMemoryRequest { Name = made.Guest.Name, AddRegions = { region } }));

        Assert.Equal(before, await made.Guest.DescribeAsync());
        await made.Guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1));
    }

    [Fact]
    public async Task File_that_is_cut_off_is_an_error_of_that_vm_alone()
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Shared);
        using var other = await GuestOfKind.BootAsync(server, MemoryKind.Shared, "other");
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 4, Lpi);
        await other.Guest.MapDeviceAsync(Device, eventCount: 4, Lpi);

        using (var file = File.OpenWrite(PathOf(server)))
        {
            file.SetLength(8192);
        }

        // The queue, tables and configurations are gone: commands fail, and what is mapped goes on.
        var writeOffset = (await guest.ReadAsync("GITS_CWRITER") + 64) % 0x1_0000;
        await guest.WriteAsync("GITS_CWRITER", writeOffset);
        await guest.UntilQueueIsEmptyAsync(writeOffset);
        var read = await Refusal.OfAsync(() => guest.ReadMemoryAsync(GuestMap.DataArea, 4));
        var written = await Refusal.OfAsync(() => guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1)));
        await guest.WriteAsync("GICR_CTLR", 0);
        await guest.WriteAsync("GICR_CTLR", 1);
        await other.Guest.SignalAsync(Device, 1);

        Assert.Equal(ErrorReason.MemoryUnusable, read.Detail.Reason);
        Assert.Equal(ErrorReason.MemoryUnusable, written.Detail.Reason);
        Assert.Equal(8192, new FileInfo(PathOf(server)).Length);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.Equal(Lpi + 1, await other.Guest.AcknowledgeAsync(vcpu: 0));
    }

    [Fact]
    public async Task Files_of_a_vm_that_is_deleted_are_closed()
    {
        await using var server = await GuestOfKind.StartServerAsync();
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Shared);
        var open = OpenFiles(PathOf(server));

        await server.Tcp.DeleteVmAsync(made.Guest.Name);

        Assert.Equal((1, 0), (open, OpenFiles(PathOf(server))));
    }

    private static string PathOf(TestServer server) =>
        Path.Combine(GuestOfKind.DirectoryOf(server), $"guest-{GuestMap.RamBase:x}");

    private static int OpenFiles(string path) =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(link => TargetOf(link) == path);

    // Others open and close files meanwhile.
    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static Task<Vm> CreateAsync(
        TestServer server, string path, ulong size, string id = "guest", ulong offset = 0)
    {
        var spec = GuestMap.Spec();
        spec.MemoryRegions[0] = new MemoryRegion
        {
            Base = GuestMap.RamBase,
            SizeBytes = size,
            Shared = new SharedMemory { Path = path, OffsetBytes = offset },
        };
        return server.Tcp.CreateVmAsync(id, spec);
    }

    private static Task WriteAsync(string path, int sizeBytes) =>
        File.WriteAllBytesAsync(path, new byte[sizeBytes], TestContext.Current.CancellationToken);

    private static async Task MakeFifoAsync(string path)
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", path);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, made.ExitCode);
    }
}
