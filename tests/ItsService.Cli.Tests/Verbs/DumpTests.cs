using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

public sealed class DumpTests
{
    [Fact]
    public async Task Tables_are_a_tree()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 1);

        var run = await server.ItsctlAsync("dump");

        Assert.Equal(
            [
                "vms/guest",
                "├── ITS 0 enabled",
                "│ ├── command queue 0x40060000, 4K: read 0xa0, write 0xa0",
                "│ ├── collections: 2",
                "│ │ ├── collection 0 → vCPU 0",
                "│ │ └── collection 1 → vCPU 1",
                "│ └── devices: 1",
                "│ └── device 0x28: ITT 0x40070000, 5 EventID bits, events: 2",
                "│ ├── event 0 → LPI 8192, collection 0",
                "│ └── event 1 → LPI 8193, collection 1",
                "├── redistributor 0 (affinity 0x0) LPIs enabled",
                "│ ├── configuration 0x40010000, 16 INTID bits",
                "│ ├── pending table 0x40020000",
                "│ └── pending LPIs: 0",
                "└── redistributor 1 (affinity 0x1) LPIs enabled",
                "├── configuration 0x40010000, 16 INTID bits",
                "├── pending table 0x40030000",
                "└── pending LPIs: 1",
                "└── LPI 8193, enabled, priority 0xb0",
            ],
            run.Succeeded().Lines);
    }

    [Fact]
    public async Task Tables_of_a_VM_that_did_nothing_say_so()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "fresh");

        var run = await server.ItsctlAsync("dump", "--vm", "fresh");

        Assert.Equal("├── ITS 0 disabled", run.Succeeded().Lines[1]);
        Assert.Equal("│ ├── command queue: none", run.Lines[2]);
        Assert.Contains("│ └── devices: 0", run.Lines);
        Assert.Contains("└── redistributor 1 (affinity 0x1) LPIs disabled", run.Lines);
    }

    [Fact]
    public async Task Tables_are_there_as_JSON()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 1);

        var json = (await server.ItsctlAsync("dump", "--json")).Succeeded().Json;

        Assert.Equal("vms/guest", json.GetProperty("vm").GetString());
        var its = Assert.Single(json.GetProperty("its").EnumerateArray());
        Assert.True(its.GetProperty("enabled").GetBoolean());
        Assert.Equal("0x40060000", its.GetProperty("queue").GetProperty("address").GetString());
        Assert.Equal(
            [(0, 0), (1, 1)],
            its.GetProperty("collections").EnumerateArray().Select(collection => (
                collection.GetProperty("collection_id").GetInt32(), collection.GetProperty("vcpu").GetInt32())));
        var device = Assert.Single(its.GetProperty("devices").EnumerateArray());
        Assert.Equal(0x28, device.GetProperty("device_id").GetInt32());
        Assert.Equal(
            [(0, 8192), (1, 8193)],
            device.GetProperty("events").EnumerateArray().Select(mapped => (
                mapped.GetProperty("event_id").GetInt32(), mapped.GetProperty("int_id").GetInt32())));
        var redistributors = json.GetProperty("redistributors").EnumerateArray().ToList();
        Assert.Equal(0, redistributors[0].GetProperty("pending_lpis").GetArrayLength());
        var lpi = Assert.Single(redistributors[1].GetProperty("pending_lpis").EnumerateArray());
        Assert.Equal(
            (8193, true, 0xB0),
            (lpi.GetProperty("int_id").GetInt32(), lpi.GetProperty("enabled").GetBoolean(),
                lpi.GetProperty("priority").GetInt32()));
    }

    [Fact]
    public async Task Dump_works_while_the_VM_is_Paused_and_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);
        var running = await server.ItsctlAsync("dump");
        await vm.PauseAsync(TestContext.Current.CancellationToken).WithinLimit();

        var paused = await server.ItsctlAsync("dump");

        Assert.Equal(running.Succeeded().Output, paused.Succeeded().Output);
    }
}
