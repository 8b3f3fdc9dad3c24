using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

public sealed class AttributeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("its:0", "GITS_TYPER", "GITS_TYPER 0x1ef71")]
    [InlineData("its:0", "gits_ctlr", "GITS_CTLR 0x80000001")]
    [InlineData("ITS:0", "ADDR", "ADDR 0x8080000")]
    [InlineData("its:0", "GITS_CREADR", "GITS_CREADR 0xa0")]
    [InlineData("gic", "DIST", "DIST 0x8000000")]
    [InlineData("gic", "REDIST", "REDIST 0x80a0000")]
    [InlineData("gic", "redist_region", "REDIST_REGION 0x200000080a0000")]
    [InlineData("gic", "GICD_IIDR", "GICD_IIDR 0x4b00343b")]
    [InlineData("cpu:1", "ICC_PMR_EL1", "ICC_PMR_EL1 0xf0")]
    [InlineData("cpu:1", "GICR_TYPER", "GICR_TYPER 0x100000111")]
    [InlineData("cpu:1", "level_info32", "LEVEL_INFO32 0x0")]
    public async Task Attribute_is_read_by_name(string device, string name, string line)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("attr", "get", device, name);

        Assert.Equal([line], run.Succeeded().Lines);
    }

    [Theory]
    [InlineData("its:0", "8", "0x8", "group 8, attr 0x8 0x1ef71")]
    [InlineData("gic", "0", "2", "group 0, attr 0x2 0x8000000")]
    [InlineData("gic", "6", "0x10000c230", "group 6, attr 0x10000c230 0xf0")]
    [InlineData("cpu:1", "6", "0xc230", "group 6, attr 0xc230 0xf0")]
    public async Task Attribute_is_read_by_number(string device, string group, string attr, string line)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("attr", "get", device, "--group", group, "--attr", attr);

        Assert.Equal([line], run.Succeeded().Lines);
    }

    [Fact]
    public async Task Value_that_was_written_is_read_back_and_comes_into_force_at_resume()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("vm", "pause", "guest")).Succeeded();

        var byName = await server.ItsctlAsync("attr", "set", "its:0", "GITS_CREADR", "0x40");
        var byNumber = await server.ItsctlAsync("attr", "set", "its:0", "0x60", "--group", "8", "--attr", "0x88");
        var wide = await server.ItsctlAsync("attr", "set", "cpu:1", "GICR_PENDBASER", "0x40030000", "--json");

        Assert.Equal(["GITS_CREADR written: 0x40"], byName.Succeeded().Lines);
        Assert.Equal(["group 8, attr 0x88 written: 0x60"], byNumber.Succeeded().Lines);
        var json = wide.Succeeded().Json;
        Assert.Equal(
            ("vms/guest", "cpu:1", "GICR_PENDBASER", "0x40030000"),
            (Text(json, "vm"), Text(json, "device"), Text(json, "attribute"), Text(json, "value")));
        var read = await server.ItsctlAsync("attr", "get", "its:0", "GITS_CWRITER", "--json");
        Assert.Equal("0x60", Text(read.Succeeded().Json, "value"));
    }

    [Fact]
    public async Task State_is_moved_by_orders_and_a_refused_resume_tells_every_problem()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("vm", "pause", "guest")).Succeeded();

        Assert.Equal(
            ["SAVE_TABLES done"], (await server.ItsctlAsync("attr", "set", "its:0", "SAVE_TABLES")).Succeeded().Lines);
        Assert.Equal(
            ["SAVE_PENDING_TABLES done"],
            (await server.ItsctlAsync("attr", "set", "gic", "save_pending_tables")).Succeeded().Lines);
        (await server.ItsctlAsync("attr", "set", "its:0", "GITS_CREADR", "0x2000")).Succeeded();
        (await server.ItsctlAsync("attr", "set", "its:0", "GITS_CWRITER", "0x3000")).Succeeded();

        var refused = await server.ItsctlAsync("vm", "resume", "guest");

        Assert.Equal(ExitCode.Refused, refused.ExitCode);
        Assert.Contains("its[0].GITS_CREADR", refused.Error, StringComparison.Ordinal);
        Assert.Contains("its[0].GITS_CWRITER", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["RESET done"], (await server.ItsctlAsync("attr", "set", "its:0", "RESET")).Succeeded().Lines);
        (await server.ItsctlAsync("vm", "resume", "guest")).Succeeded();
    }

    [Fact]
    public async Task Places_that_were_left_open_are_set()
    {
        await using var server = await TestServer.StartAsync();
        var spec = Guest.Spec();
        spec.RedistributorRegions.Clear();
        spec.Its[0].ClearBase();
        await Guest.CreateAsync(server.Client, "guest", spec);

        (await server.ItsctlAsync("attr", "set", "its:0", "ADDR", "0x8080000")).Succeeded();
        (await server.ItsctlAsync("attr", "set", "gic", "REDIST_REGION", "0x00100000080a0000")).Succeeded();
        (await server.ItsctlAsync("attr", "set", "gic", "REDIST_REGION", "0x00100000080e0001")).Succeeded();

        Assert.Equal(
            ["REDIST_REGION 0x100000080e0001"],
            (await server.ItsctlAsync("attr", "get", "gic", "REDIST_REGION", "--index", "1")).Succeeded().Lines);
        var read = await server.ItsctlAsync("reg", "read", "0x8080008");
        Assert.Equal("GITS_TYPER 0x1ef71", read.Succeeded().Lines[0]);
    }

    [Theory]
    [InlineData("its:0", "RESET", 0, "RESET exists")]
    [InlineData("cpu:1", "ICC_IAR1_EL1", 1, "ICC_IAR1_EL1 does not exist")]
    public async Task Has_tells_by_its_exit_code(string device, string name, int exitCode, string line)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("attr", "has", device, name);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Error));
        Assert.Equal([line], run.Lines);
    }

    [Theory]
    [InlineData("has", "gic", "--group", "9", "--attr", "0")]
    [InlineData("has", "its:0", "--group", "5", "--attr", "0", "--json")]
    public async Task Has_tells_that_there_is_no_such_group(params string[] arguments)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(["attr", .. arguments]);

        Assert.Equal((ExitCode.CheckFailed, ""), (run.ExitCode, run.Error));
        var told = arguments.Contains("--json") ? "false" : "does not exist";
        Assert.Contains(told, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'its' has no attributes", "get", "its", "GITS_CTLR")]
    [InlineData("'cpu:x' has no attributes", "get", "cpu:x", "GICR_CTLR")]
    [InlineData("'GICR_CTLR' is no attribute of its:0", "get", "its:0", "GICR_CTLR")]
    [InlineData("'GITS_CTLR' is no attribute of gic", "get", "gic", "GITS_CTLR")]
    [InlineData("which attribute of its:0?", "get", "its:0")]
    [InlineData("--group and --attr belong together", "get", "its:0", "--group", "8")]
    [InlineData("--group and --attr belong together", "set", "its:0", "1", "--attr", "8")]
    [InlineData("name different attributes", "get", "its:0", "GITS_CTLR", "--group", "8", "--attr", "0")]
    [InlineData("name different attributes", "set", "its:0", "GITS_CTLR", "1", "--group", "8", "--attr", "0")]
    [InlineData("VALUE is missing", "set", "its:0", "GITS_CREADR")]
    [InlineData("is a multiple of 32, 0..992", "get", "cpu:0", "LEVEL_INFO33")]
    [InlineData("'much' is no number", "set", "its:0", "GITS_CREADR", "much")]
    [InlineData("RESET is an order and has no value", "set", "its:0", "RESET", "1")]
    [InlineData("more than 32 bits", "get", "cpu:0", "--group", "6", "--attr", "0x10000c230")]
    [InlineData("more than 32 bits", "has", "cpu:0", "--group", "5", "--attr", "0x100000000")]
    public async Task Command_line_that_says_too_little_or_too_much_is_refused(
        string sentence, params string[] arguments)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(["attr", .. arguments]);

        Assert.Contains(sentence, run.FailedWith(ExitCode.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Region_index_of_more_bits_than_a_region_has_is_a_usage_error()
    {
        var run = await ItsctlRun.OfAsync(["attr", "get", "gic", "REDIST_REGION", "--index", "4096"]);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains("'4096' is no number between 0 and 0xfff", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no ITS 3", "get", "its:3", "GITS_CTLR")]
    [InlineData("there is no vCPU 7", "get", "cpu:7", "GICR_CTLR")]
    [InlineData("lines are not written while the VM is Running", "set", "cpu:0", "LEVEL_INFO32", "1")]
    [InlineData("pause it first", "set", "its:0", "GITS_CTLR", "0")]
    [InlineData("the ITS has no register at offset 0x10040", "get", "its:0", "GITS_TRANSLATER")]
    public async Task What_the_service_refuses_is_told(string sentence, params string[] arguments)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(["attr", .. arguments]);

        Assert.Contains(sentence, run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_reads_writes_and_asks()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await vm.PauseAsync(Cancellation).WithinLimit();
        var its = new ItsIndex(0);

        await vm.SetAttributeAsync(DeviceAttributeId.SavePendingTables, cancellationToken: Cancellation).WithinLimit();
        await vm.SetAttributeAsync(DeviceAttributeId.SaveTables(its), cancellationToken: Cancellation).WithinLimit();
        await vm.SetAttributeAsync(DeviceAttributeId.SystemRegister(1, 0xC230), 0x80, Cancellation).WithinLimit();

        Assert.Equal(0x80u, await GetAsync(vm, DeviceAttributeId.SystemRegister(1, 0xC230)));
        Assert.Equal(0x8080000u, await GetAsync(vm, DeviceAttributeId.ItsAddress(its)));
        Assert.Equal(0x8000000u, await GetAsync(vm, DeviceAttributeId.DistributorAddress));
        Assert.Equal(1u, await GetAsync(vm, DeviceAttributeId.RedistributorRegister(1, 0)) & 1);
        Assert.Equal(0x4B00343Bu, await GetAsync(vm, DeviceAttributeId.DistributorRegister(8)));
        Assert.True(await vm.HasAttributeAsync(DeviceAttributeId.ItsRegister(its, 0x80), Cancellation).WithinLimit());
        Assert.False(await vm.HasAttributeAsync(DeviceAttributeId.ItsRegister(its, 0x98), Cancellation).WithinLimit());
        var misaligned = await Assert.ThrowsAsync<ItsServiceException>(() =>
            vm.HasAttributeAsync(DeviceAttributeId.ItsRegister(its, 0x84), Cancellation).WithinLimit());
        Assert.Equal((ErrorReason.Misaligned, 22u), (misaligned.Reason, misaligned.Problems[0].KvmErrno));
        Assert.Equal("its 0, group 8, attr 0x80", DeviceAttributeId.ItsRegister(its, 0x80).ToString());
        Assert.Equal("group 6, attr 0x10000c230", DeviceAttributeId.SystemRegister(1, 0xC230).ToString());
    }

    private static Task<ulong> GetAsync(VmHandle vm, DeviceAttributeId attribute) =>
        vm.GetAttributeAsync(attribute, cancellationToken: Cancellation).WithinLimit();

    private static string? Text(System.Text.Json.JsonElement json, string name) => json.GetProperty(name).GetString();
}
