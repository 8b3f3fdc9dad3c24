using System.Text.Json.Nodes;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>`itsctl export`, `import` and `dump --offline`, and the client library's calls beneath them.</summary>
public sealed class ExportImportTests
{
    private static readonly Dictionary<string, (Func<JsonNode, JsonNode?> Change, string Said)> Wrong = new()
    {
        ["another format"] = (file => Set(file, "format", "its-service export 2"), "format: 'its-service export 2'"),
        ["no format"] = (file => Remove(file, "format"), "format: it is missing"),
        ["attributes that are no list"] = (file => Set(file, "attributes", 7), "attributes: it is no list"),
        ["an attribute that is no object"] = (
            file => Set(file, "attributes", new JsonArray(1)), "attributes[0]: it is no JSON object"),
        ["a device of no such sort"] = (
            file => SetIn(file, "device", "pci:0"), "attributes[0].device: write gic (the controller)"),
        ["a vCPU that is another one"] = (
            file => Set(Attribute(file, "ICC_PMR_EL1"), "device", "cpu:1", file),
            "].device: cpu:1 has affinity 0x1, and attr names 0x0 in its upper half"),
        ["a vCPU that is another one, by the spec alone"] = (
            file => Set(Attribute(Remove(file, "shape"), "ICC_PMR_EL1"), "device", "cpu:1", file),
            "].device: cpu:1 has affinity 0x1, and attr names 0x0 in its upper half"),
        ["a vCPU that there is not"] = (
            file => Set(Attribute(file, "ICC_PMR_EL1"), "device", "cpu:2", file), "].device: there are 2 vCPUs"),
        ["a vCPU with a register of the distributor"] = (
            file => Set(Attribute(file, "GICD_CTLR"), "device", "cpu:0", file), "].device: group 1 is none of a vCPU"),
        ["a value that is no number"] = (file => SetIn(file, "value", "0xZ"), "attributes[0].value: '0xZ'"),
        ["a group of 33 bits"] = (file => SetIn(file, "group", 1L << 32), "attributes[0].group: '4294967296'"),
        ["a spec with a field that there is not"] = (
            file => Set(file, "vm", new JsonObject { ["vcpu_count"] = 2 }), "vm: Unknown field: vcpu_count"),
        ["an image that is not there"] = (
            file => Set(file["memory"]![0]!, "file", "nothing.ram", file), "nothing.ram cannot be read"),
        ["an image that is too short"] = (
            file => Set(file["memory"]![0]!, "offset", "0x80000", file), "and 0x100000 are wanted"),
        ["no spec"] = (file => Remove(file, "vm"), "no \"vm\", which tells what to create"),
        ["a register outside the queue"] = (
            file => Set(Attribute(file, "GITS_CREADR"), "value", "0x8000", file), "its[0].GITS_CREADR"),
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Fact]
    public async Task Vm_goes_to_two_files_and_comes_to_life_in_another_service()
    {
        await using var server = await TestServer.StartAsync();
        await using var elsewhere = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var (path, ram) = (folder.PathOf("guest.json"), folder.PathOf("guest.ram"));
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);

        var exported = (await server.ItsctlAsync("export", "guest", path, "--ram", ram)).Succeeded().Lines;
        var imported = (await elsewhere.ItsctlAsync("import", "moved", path, "--create")).Succeeded().Lines;

        const string Summary = "2 events mapped, 1 LPI pending, 0 commands in flight";
        var count = JsonNode.Parse(await File.ReadAllTextAsync(path, Cancellation))!["attributes"]!.AsArray().Count;
        Assert.Equal([$"vms/guest exported to {path}, {count} attributes, guest memory in {ram}: {Summary}"], exported);
        Assert.Equal([$"vms/moved imported from {path}: {Summary}; it is Paused"], imported);
        Assert.Equal(VmState.Running, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
        Assert.Equal(
            ["guest.json", "guest.ram"],
            Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).Order());
        var moved = elsewhere.Client.Vm("moved");
        await moved.ResumeAsync(Cancellation).WithinLimit();
        Assert.Equal(Guest.Lpi, await Guest.AcknowledgeAsync(moved, vcpu: 0));
        Assert.Equal(MsiOutcome.Pended, (await Guest.SignalAsync(moved, 1)).Result.Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Offline_dump_shows_what_the_vm_showed(bool namesImage)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var (path, ram) = (folder.PathOf("guest.json"), folder.PathOf("guest.ram"));
        await Guest.SignalAsync(await Guest.BootAsync(server.Client, "guest"), 1);
        (await server.ItsctlAsync("export", "guest", path, "--ram", ram)).Succeeded();
        string[] image = namesImage ? ["--ram", $"{ram}@0x{Guest.Ram:x}"] : [];

        var offline = (await ItsctlRun.OfAsync(["dump", "--offline", path, .. image])).Succeeded().Lines;

        var live = (await server.ItsctlAsync("dump", "--vm", "guest")).Succeeded().Lines;
        Assert.Equal(path, offline[0]);
        Assert.Equal(live.Skip(1), offline.Skip(1));
    }

    [Fact]
    public async Task Export_is_a_list_that_people_can_read()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        await Guest.BootAsync(server.Client, "guest");

        (await server.ItsctlAsync("export", "guest", path, "--stay-paused", "--json")).Succeeded();

        var lines = (await File.ReadAllLinesAsync(path, Cancellation))
            .Select(line => line.Trim().TrimEnd(',')).ToList();
        Assert.Contains(
            """{"device":"its:0","name":"GITS_CWRITER","group":8,"attr":"0x88","value":"0xa0"}""", lines);
        Assert.Contains(lines, line => line.StartsWith(
            """{"device":"cpu:1","name":"GICR_PENDBASER","group":5,"attr":"0x100000078","value":"0x4003""",
            StringComparison.Ordinal));
        Assert.Contains(
            """{"device":"cpu:1","name":"ICC_PMR_EL1","group":6,"attr":"0x10000c230","value":"0xf0"}""", lines);
        Assert.Contains("""{"device":"gic","name":"DIST","group":0,"attr":"0x2","value":"0x8000000"}""", lines);
        Assert.DoesNotContain(lines, line => line.Contains("\"name\":\"\"", StringComparison.Ordinal));
        Assert.Equal(
            VmState.Paused, (await server.Client.Vm("guest").DescribeAsync(Cancellation).WithinLimit()).State);
        (await server.ItsctlAsync("import", "guest", path, "--keep-memory")).Succeeded();
    }

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task Import_is_refused_and_leaves_no_vm(string name)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("export", "guest", path, "--ram", folder.PathOf("guest.ram"))).Succeeded();
        var (change, said) = Wrong[name];
        var changed = change(JsonNode.Parse(await File.ReadAllTextAsync(path, Cancellation))!);
        await File.WriteAllTextAsync(path, changed!.ToJsonString(), Cancellation);

        var sentence = (await server.ItsctlAsync("import", "other", path, "--create")).FailedWith(ExitCode.Refused);

        Assert.Contains(said, sentence, StringComparison.Ordinal);
        Assert.Equal("vms/guest", Assert.Single(await server.ListVmsAsync()).Name);
    }

    [Theory]
    [InlineData("\"format\": \"its", "\"format\": \"\\ud800", "format: it has half of a character")]
    [InlineData("\"exported_by\": \"", "\"exported_by\": \"\\ud800", "exported_by: it has half of a character")]
    [InlineData("\"device\":\"gic\"", "\"device\":\"\\udc00\"", "attributes[0].device: it has half of a character")]
    [InlineData("\"attr\":\"0x2\"", "\"attr\":\"\\udc00\"", "attributes[0].attr: it has half of a character")]
    [InlineData("\"file\":\"", "\"file\":\"\\ud800", "memory[0].file: it has half of a character")]
    [InlineData("\"exported_by\": ", "\"\\ud800000\": 1, \"exported_by\": ", "half of a character")]
    [InlineData("\"vm\": {", "\"vm\": { \"\\ud800\": 1, ", "vm: ")]
    [InlineData("\"vm\": {", "\"vm\": { \"profile\": \"\\ud800\", ", "vm: ")]
    [InlineData("\"profile_name\": \"", "\"profile_name\": \"\\ud800", "shape: ")]
    public async Task Text_that_is_none_is_told(string right, string wrong, string said)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("export", "guest", path, "--ram", folder.PathOf("guest.ram"))).Succeeded();
        var text = await File.ReadAllTextAsync(path, Cancellation);
        var changed = text.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        await File.WriteAllTextAsync(path, changed, Cancellation);

        var sentence = (await server.ItsctlAsync("import", "other", path, "--create")).FailedWith(ExitCode.Refused);

        Assert.StartsWith($"itsctl: {path}: ", sentence, StringComparison.Ordinal);
        Assert.Contains(said, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vm_is_not_made_of_registers_alone()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("export", "guest", path)).Succeeded();

        var dump = (await ItsctlRun.OfAsync(["dump", "--offline", path])).FailedWith(ExitCode.Refused);
        var import = (await server.ItsctlAsync("import", "other", path, "--create")).FailedWith(ExitCode.Refused);

        Assert.Contains("--ram FILE@ADDRESS", dump, StringComparison.Ordinal);
        Assert.Equal(dump, import);
        Assert.Equal("vms/guest", Assert.Single(await server.ListVmsAsync()).Name);
    }

    [Fact]
    public async Task Vm_runs_on_when_its_memory_cannot_be_kept()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var path = folder.PathOf("guest.json");

        (await server.ItsctlAsync("export", "guest", path, "--ram", folder.PathOf("nowhere/guest.ram")))
            .FailedWith(ExitCode.Refused);

        Assert.Equal(VmState.Running, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task File_that_is_no_export_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.Write("state.json", "ITSSTATE"u8.ToArray());
        await Guest.CreateAsync(server.Client, "guest");

        var noJson = (await server.ItsctlAsync("import", "guest", path)).FailedWith(ExitCode.Refused);
        var noFile = (await server.ItsctlAsync("import", "guest", path + "x")).FailedWith(ExitCode.Refused);

        Assert.Contains("it is no JSON", noJson, StringComparison.Ordinal);
        Assert.Contains("cannot be read", noFile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_vm_is_not_imported_into_and_keeps_its_memory()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.json");
        var vm = await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("export", "guest", path, "--ram", folder.PathOf("guest.ram"))).Succeeded();
        await vm.WriteMemoryAsync(Guest.Data, new byte[] { 1, 2, 3 }, Cancellation).WithinLimit();

        var sentence = (await server.ItsctlAsync("import", "guest", path)).FailedWith(ExitCode.Refused);

        Assert.Contains("vms/guest is not Paused: `itsctl vm pause guest` first", sentence, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], await vm.ReadMemoryAsync(Guest.Data, 3, Cancellation).WithinLimit());
    }

    [Theory]
    [InlineData("dump", "--offline", "x.json", "--vm", "guest")]
    [InlineData("dump", "--ram", "x.ram@0x40000000")]
    [InlineData("dump", "--offline", "x.json", "--ram", "x.ram@there")]
    [InlineData("dump", "--offline", "x.json", "--server", "http://127.0.0.1:1")]
    public async Task Options_that_do_not_go_together_are_a_usage_error(params string[] args)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = args.Contains("--offline") ? await ItsctlRun.OfAsync(args) : await server.ItsctlAsync(args);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Export_without_tables_is_no_export()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        await Assert.ThrowsAsync<ArgumentException>(
            () => vm.ExportAsync(new SaveOptions { OmitTables = true }, Cancellation));
    }

    private static JsonNode Set(JsonNode file, string name, JsonNode? value) => Set(file, name, value, file);

    private static JsonNode Set(JsonNode place, string name, JsonNode? value, JsonNode file)
    {
        place[name] = value;
        return file;
    }

    private static JsonNode SetIn(JsonNode file, string name, JsonNode? value) =>
        Set(file["attributes"]![0]!, name, value, file);

    private static JsonNode Remove(JsonNode file, string name)
    {
        file.AsObject().Remove(name);
        return file;
    }

    private static JsonNode Attribute(JsonNode file, string name) =>
        file["attributes"]!.AsArray().First(entry => (string?)entry!["name"] == name)!;
}
