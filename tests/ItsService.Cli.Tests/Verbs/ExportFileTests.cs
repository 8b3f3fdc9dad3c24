using ItsService.Cli.Exchange;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>What `itsctl export` leaves of its files and of its VM when something comes in between.</summary>
public sealed class ExportFileTests
{
    private const string Export = "its.v1.State/Export";
    private const string ReadMemory = "its.v1.GuestMemory/Read";
    private const string ListRegisters = "its.v1.Registers/ListRegisters";
    private const string Resume = "its.v1.VirtualMachines/Resume";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pair_that_was_there_stays_when_its_successor_is_half_done()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var (path, ram) = (folder.PathOf("guest.json"), folder.PathOf("guest.ram"));
        var vm = await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("export", "guest", path, "--ram", ram)).Succeeded();
        var before = await ReadBothAsync(path, ram);
        await vm.WriteMemoryAsync(Guest.Data, new byte[] { 1, 2, 3 }, Cancellation).WithinLimit();

        server.Arriving.AbortNext(ListRegisters);
        var run = await server.ItsctlAsync("export", "guest", path, "--ram", ram);

        Assert.NotEqual(ExitCode.Success, run.ExitCode);
        Assert.Contains(ReadMemory, server.Arriving.Methods);
        Assert.Equal(before, await ReadBothAsync(path, ram));
        Assert.Equal([path, ram], Directory.GetFiles(folder.PathOf("")).Order());
        Assert.Equal(VmState.Running, await StateAsync(vm));
        (await server.ItsctlAsync("export", "guest", path, "--ram", ram)).Succeeded();
        Assert.NotEqual(before.Image, (await ReadBothAsync(path, ram)).Image);
    }

    [Theory]
    [InlineData("guest.json")]
    [InlineData("./other/../guest.json")]
    [InlineData("link/guest.json")]
    [InlineData("link.json")]
    public async Task Two_files_are_not_one(string image)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        Directory.CreateDirectory(folder.PathOf("other"));
        File.CreateSymbolicLink(folder.PathOf("link"), folder.PathOf(""));
        File.CreateSymbolicLink(folder.PathOf("link.json"), path);
        await File.WriteAllTextAsync(path, "before", Cancellation);

        var sentence = (await server.ItsctlAsync("export", "guest", path, "--ram", folder.PathOf(image)))
            .FailedWith(ExitCode.Usage);

        Assert.Contains("name the same file", sentence, StringComparison.Ordinal);
        Assert.Equal("before", await File.ReadAllTextAsync(path, Cancellation));
        Assert.Equal([path, folder.PathOf("link.json")], Directory.GetFiles(folder.PathOf("")).Order());
        Assert.DoesNotContain(Export, server.Arriving.Methods);
    }

    [Fact]
    public void Files_of_one_name_in_two_folders_are_two()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.PathOf("other"));

        using var files = ExportFiles.Begin(folder.PathOf("guest"), folder.PathOf("other/guest"));

        Assert.True(files.HasImage);
    }

    [Theory]
    [InlineData("nowhere/guest.ram")]
    [InlineData("")]
    public async Task Image_that_cannot_be_written_is_told_before_the_vm_is_stopped(string image)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        await Guest.BootAsync(server.Client, "guest");

        (await server.ItsctlAsync("export", "guest", folder.PathOf("guest.json"), "--ram", folder.PathOf(image)))
            .FailedWith(ExitCode.Refused);

        Assert.DoesNotContain(Export, server.Arriving.Methods);
        Assert.Empty(Directory.GetFiles(folder.PathOf("")));
    }

    [Fact]
    public async Task Vm_that_somebody_else_pauses_is_not_resumed()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        server.Arriving.BeforeNext(Export, () => vm.PauseAsync(Cancellation));

        (await server.ItsctlAsync("export", "guest", folder.PathOf("a"), "--ram", folder.PathOf("b"))).Succeeded();

        Assert.Equal(VmState.Paused, await StateAsync(vm));
    }

    [Theory]
    [InlineData(Export)]
    [InlineData(ReadMemory)]
    public async Task Interrupted_export_lets_its_vm_run_on_and_leaves_no_file(string method)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        var vm = await Guest.BootAsync(server.Client, "guest");
        server.Arriving.InterruptAtNext(method, interrupt);

        var run = await server.ItsctlAsync(
            interrupt, "export", "guest", folder.PathOf("a"), "--ram", folder.PathOf("b"));

        Assert.Equal("itsctl: interrupted", run.FailedWith(ExitCode.Interrupted));
        Assert.Equal(VmState.Running, await StateAsync(vm));
        Assert.Empty(Directory.GetFiles(folder.PathOf("")));
    }

    [Fact]
    public async Task Vm_that_cannot_be_resumed_is_told_beside_why_the_export_failed()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        var vm = await Guest.BootAsync(server.Client, "guest");
        server.Arriving.InterruptAtNext(ReadMemory, interrupt);
        server.Arriving.AbortNext(Resume);

        var run = await server.ItsctlAsync(
            interrupt, "export", "guest", folder.PathOf("a"), "--ram", folder.PathOf("b"));

        Assert.Equal(
            (ExitCode.Interrupted, "itsctl: vms/guest is Paused\nitsctl: interrupted\n"), (run.ExitCode, run.Error));
        Assert.Equal(VmState.Paused, await StateAsync(vm));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Vm_that_was_to_stay_paused_is_told_when_the_export_fails(bool hasImage)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        await Guest.BootAsync(server.Client, "guest");
        string[] image = hasImage ? ["--ram", folder.PathOf("b")] : [];
        server.Arriving.AbortNext(ListRegisters);

        var run = await server.ItsctlAsync(["export", "guest", folder.PathOf("a"), "--stay-paused", .. image]);

        Assert.NotEqual(ExitCode.Success, run.ExitCode);
        Assert.StartsWith("itsctl: vms/guest is Paused\nitsctl: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.PathOf("")));
    }

    private static async Task<VmState> StateAsync(VmHandle vm) =>
        (await vm.DescribeAsync(Cancellation).WithinLimit()).State;

    private static async Task<(string Registers, string Image)> ReadBothAsync(string path, string ram) => (
        await File.ReadAllTextAsync(path, Cancellation),
        Convert.ToHexString(await File.ReadAllBytesAsync(ram, Cancellation)));
}
