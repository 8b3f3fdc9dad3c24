using System.Text.Json.Nodes;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>What `itsctl import` does to the memory of a VM that is there, and what it says of it.</summary>
public sealed class ImportMemoryTests
{
    private const string WriteMemory = "its.v1.GuestMemory/Write";
    private const ulong SecondRegion = 0x1_0000_0000;
    private static readonly byte[] Mark = [1, 2, 3];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_is_that_of_the_image_where_the_image_has_zeros()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var spec = Guest.Spec();
        spec.MemoryRegions[0].SizeBytes = 4 << 20;
        var vm = await Guest.BootAsync(server.Client, "guest", spec);
        var path = await ExportAsync(server, folder);
        var place = new GuestAddress(Guest.Ram + (3 << 20));
        await vm.WriteMemoryAsync(place, Mark, Cancellation).WithinLimit();
        await vm.PauseAsync(Cancellation).WithinLimit();

        (await server.ItsctlAsync("import", "guest", path)).Succeeded();

        Assert.Equal(new byte[Mark.Length], await vm.ReadMemoryAsync(place, Mark.Length, Cancellation).WithinLimit());
    }

    [Fact]
    public async Task List_that_is_refused_whatever_memory_holds_leaves_memory_alone()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = await ExportAsync(server, folder);
        await ChangeAsync(path, export => Attribute(export, "GITS_CREADR")["value"] = "0x8000");
        await MarkAndPauseAsync(vm);

        var sentence = (await server.ItsctlAsync("import", "guest", path)).FailedWith(ExitCode.Refused);

        Assert.Contains("its[0].GITS_CREADR", sentence, StringComparison.Ordinal);
        Assert.Equal(Mark, await ReadMarkAsync(vm));
    }

    [Fact]
    public async Task Image_of_other_memory_leaves_memory_alone()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = await ExportAsync(server, folder);
        await MarkAndPauseAsync(vm);
        var ram = folder.PathOf("guest.ram");

        var sentence = (await server.ItsctlAsync(
            "import", "guest", path, "--ram", $"{ram}@0x{Guest.Ram:x}", "--ram", $"{ram}@0x{Guest.Ram + 4096:x}"))
            .FailedWith(ExitCode.Refused);

        Assert.Contains("0x100000 bytes at 0x40001000 are not memory of the VM, which is 0x40000000..0x400fffff",
            sentence, StringComparison.Ordinal);
        Assert.Equal(Mark, await ReadMarkAsync(vm));
    }

    [Fact]
    public async Task Memory_of_which_there_is_no_image_stays_only_where_the_user_names_the_images()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = await ExportAsync(server, folder);
        await vm.UpdateMemoryAsync(
            [new MemoryRegion { Base = SecondRegion, SizeBytes = 4096, Hosted = new HostedMemory() }],
            [],
            Cancellation).WithinLimit();
        await MarkAndPauseAsync(vm);

        var sentence = (await server.ItsctlAsync("import", "guest", path)).FailedWith(ExitCode.Refused);

        Assert.Contains("no image of the VM's memory at 0x100000000", sentence, StringComparison.Ordinal);
        Assert.Equal(Mark, await ReadMarkAsync(vm));
        (await server.ItsctlAsync(
            "import", "guest", path, "--ram", $"{folder.PathOf("guest.ram")}@0x{Guest.Ram:x}")).Succeeded();
        Assert.Equal(new byte[Mark.Length], await ReadMarkAsync(vm));
    }

    [Fact]
    public async Task Refusal_of_a_table_says_that_memory_has_been_overwritten()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = await ExportAsync(server, folder);
        await using (var image = File.OpenWrite(folder.PathOf("guest.ram")))
        {
            // A collection of a vCPU that there is not.
            image.Position = (long)(Guest.CollectionTable - Guest.Ram);
            await image.WriteAsync(BitConverter.GetBytes(0x8000_0000_0FFF_0000), Cancellation);
        }

        await MarkAndPauseAsync(vm);

        var run = await server.ItsctlAsync("import", "guest", path);

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(
            "itsctl: memory of vms/guest has been overwritten\nitsctl: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("its[0].collection", run.Error, StringComparison.Ordinal);
        Assert.Equal(new byte[Mark.Length], await ReadMarkAsync(vm));
    }

    [Fact]
    public async Task Interrupted_import_says_that_memory_may_have_been_overwritten()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = await ExportAsync(server, folder);
        await MarkAndPauseAsync(vm);
        server.Arriving.InterruptAtNext(WriteMemory, interrupt);

        var run = await server.ItsctlAsync(interrupt, "import", "guest", path);

        Assert.Equal(
            (ExitCode.Interrupted,
                "itsctl: memory of vms/guest may have been overwritten in part\nitsctl: interrupted\n"),
            (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Where_the_tables_are_has_to_be_said()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("export", "guest", path, "--stay-paused")).Succeeded();

        var nothing = (await server.ItsctlAsync("import", "guest", path)).FailedWith(ExitCode.Usage);
        var both = (await server.ItsctlAsync("import", "guest", path, "--keep-memory", "--ram", "x@0x40000000"))
            .FailedWith(ExitCode.Usage);
        var created = (await server.ItsctlAsync("import", "new", path, "--create", "--keep-memory"))
            .FailedWith(ExitCode.Usage);
        var unplaced = (await server.ItsctlAsync("import", "guest", path, "--ram", "x")).FailedWith(ExitCode.Usage);

        Assert.Contains("say --keep-memory", nothing, StringComparison.Ordinal);
        Assert.Contains("--ram and --keep-memory exclude one another", both, StringComparison.Ordinal);
        Assert.Contains("nothing in its memory", created, StringComparison.Ordinal);
        Assert.Contains("write FILE@ADDRESS", unplaced, StringComparison.Ordinal);
        Assert.Equal("vms/guest", Assert.Single(await server.ListVmsAsync()).Name);
    }

    [Fact]
    public async Task VM_without_memory_is_made_without_an_image()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var spec = Guest.Spec();
        spec.MemoryRegions.Clear();
        await server.Client.CreateVmAsync(new CreateVmRequest { VmId = "guest", Spec = spec }, Cancellation);
        var path = folder.PathOf("guest.json");
        (await server.ItsctlAsync("export", "guest", path)).Succeeded();

        (await server.ItsctlAsync("import", "new", path, "--create")).Succeeded();

        Assert.Empty((await server.Client.Vm("new").DescribeAsync(Cancellation)).Spec.MemoryRegions);
    }

    /// <summary>Regions lie one behind another in it, as the export says.</summary>
    [Fact]
    public async Task Image_that_was_moved_is_named_without_addresses()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var spec = Guest.Spec();
        spec.MemoryRegions.Add(
            new MemoryRegion { Base = SecondRegion, SizeBytes = 8192, Hosted = new HostedMemory() });
        var vm = await Guest.BootAsync(server.Client, "guest", spec);
        await vm.WriteMemoryAsync(new GuestAddress(SecondRegion + 4096), Mark, Cancellation).WithinLimit();
        var path = await ExportAsync(server, folder);
        File.Move(folder.PathOf("guest.ram"), folder.PathOf("elsewhere"));

        (await server.ItsctlAsync("import", "new", path, "--create")).FailedWith(ExitCode.Refused);
        (await server.ItsctlAsync(
            "import", "new", path, "--create", "--ram", folder.PathOf("elsewhere"))).Succeeded();

        Assert.Equal(
            Mark,
            await server.Client.Vm("new").ReadMemoryAsync(
                new GuestAddress(SecondRegion + 4096), Mark.Length, Cancellation).WithinLimit());
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("../guest.ram")]
    [InlineData("a/../../guest.ram")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task Export_names_no_file_of_the_users(string name)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        await Guest.BootAsync(server.Client, "guest");
        Directory.CreateDirectory(folder.PathOf("export"));
        var (path, ram) = (folder.PathOf("export/guest.json"), folder.PathOf("guest.ram"));
        (await server.ItsctlAsync("export", "guest", path, "--ram", ram)).Succeeded();
        await ChangeAsync(path, export => export["memory"]![0]!["file"] = name);

        var sentence = (await server.ItsctlAsync("import", "new", path, "--create")).FailedWith(ExitCode.Refused);

        Assert.Contains("memory[0].file: '", sentence, StringComparison.Ordinal);
        Assert.Contains("is not beside the export or below", sentence, StringComparison.Ordinal);
        (await server.ItsctlAsync("import", "new", path, "--create", "--ram", ram)).Succeeded();
    }

    [Theory]
    [InlineData("pipe", "it is no regular file")]
    [InlineData("/dev/zero", "it is no regular file")]
    [InlineData("", "it is no regular file")]
    [InlineData("empty", "no bytes")]
    [InlineData("nothing", "cannot be read")]
    public async Task Image_that_is_no_file_with_bytes_is_refused(string name, string words)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = await ExportAsync(server, folder);
        await vm.PauseAsync(Cancellation).WithinLimit();
        await Pipes.MakeAsync(folder.PathOf("pipe"));
        folder.Write("empty", []);

        var sentence = (await server.ItsctlAsync(
            "import", "guest", path, "--ram", $"{folder.PathOf(name)}@0x{Guest.Ram:x}")).FailedWith(ExitCode.Refused);

        Assert.Contains(words, sentence, StringComparison.Ordinal);
    }

    private static async Task<string> ExportAsync(TestServer server, TemporaryFolder folder)
    {
        var path = folder.PathOf("guest.json");
        (await server.ItsctlAsync("export", "guest", path, "--ram", folder.PathOf("guest.ram"))).Succeeded();
        return path;
    }

    private static async Task MarkAndPauseAsync(VmHandle vm)
    {
        await vm.WriteMemoryAsync(Guest.Data, Mark, Cancellation).WithinLimit();
        await vm.PauseAsync(Cancellation).WithinLimit();
    }

    private static Task<byte[]> ReadMarkAsync(VmHandle vm) =>
        vm.ReadMemoryAsync(Guest.Data, Mark.Length, Cancellation).WithinLimit();

    private static async Task ChangeAsync(string path, Action<JsonNode> change)
    {
        var export = JsonNode.Parse(await File.ReadAllTextAsync(path, Cancellation))!;
        change(export);
        await File.WriteAllTextAsync(path, export.ToJsonString(), Cancellation);
    }

    private static JsonNode Attribute(JsonNode export, string name) =>
        export["attributes"]!.AsArray().First(entry => (string?)entry!["name"] == name)!;
}
