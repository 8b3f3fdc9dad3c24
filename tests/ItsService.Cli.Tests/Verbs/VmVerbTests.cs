using ItsService.Cli.Tests.Hosting;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

public sealed class VmVerbTests
{
    [Fact]
    public async Task VM_lives_from_create_to_delete()
    {
        await using var server = await TestServer.StartAsync();

        Assert.Equal("no VMs", await SayAsync("list"));
        Assert.Equal("vms/guest-7", await SayAsync("create", "guest-7"));
        Assert.Equal("vms/guest-7 paused", await SayAsync("pause", "guest-7"));
        Assert.Equal(VmState.Paused, Assert.Single(await server.ListVmsAsync()).State);
        Assert.Equal("vms/guest-7 running", await SayAsync("resume", "guest-7"));
        Assert.Equal(VmState.Running, Assert.Single(await server.ListVmsAsync()).State);
        Assert.Equal("vms/guest-7 deleted", await SayAsync("delete", "vms/guest-7"));
        Assert.Empty(await server.ListVmsAsync());

        async Task<string> SayAsync(params string[] verb) =>
            Assert.Single((await server.ItsctlAsync(["vm", .. verb])).Succeeded().Lines);
    }

    [Fact]
    public async Task Created_VM_has_the_memory_map_that_help_tells()
    {
        await using var server = await TestServer.StartAsync();

        await server.ItsctlAsync("vm", "create", "usual");

        var spec = (await DescribeAsync(server, "usual")).Spec;
        Assert.Equal(Profile.Kvm, spec.Profile);
        Assert.Single(spec.Vcpus);
        Assert.Equal(0x800_0000UL, spec.DistributorBase);
        Assert.Equal(
            new RedistributorRegion { Base = 0x80A_0000, Count = 1 }, Assert.Single(spec.RedistributorRegions));
        Assert.Equal(0x808_0000UL, Assert.Single(spec.Its).Base);
        var ram = Assert.Single(spec.MemoryRegions);
        Assert.Equal((0x4000_0000UL, 512UL << 20), (ram.Base, ram.SizeBytes));
    }

    [Fact]
    public async Task Created_VM_has_what_the_options_say()
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync(
            "vm", "create", "special", "--vcpus", "0x3", "--profile", "qemu", "--paused", "--gicd", "0x1000_0000",
            "--gicr", "0x20000000", "--gits", "0x11000000", "--gits", "0x12000000", "--ram", "0x40000000:1G",
            "--ram", "0x100000000:65536");

        run.Succeeded();
        var vm = await DescribeAsync(server, "special");
        Assert.Equal((VmState.Paused, Profile.Qemu, 3), (vm.State, vm.Spec.Profile, vm.Spec.Vcpus.Count));
        Assert.Equal(0x1000_0000UL, vm.Spec.DistributorBase);
        Assert.Equal(
            new RedistributorRegion { Base = 0x2000_0000, Count = 3 }, Assert.Single(vm.Spec.RedistributorRegions));
        Assert.Equal([0x1100_0000UL, 0x1200_0000UL], vm.Spec.Its.Select(its => its.Base));
        Assert.Equal(
            [(0x4000_0000UL, 1UL << 30), (0x1_0000_0000UL, 1UL << 16)],
            vm.Spec.MemoryRegions.Select(region => (region.Base, region.SizeBytes)));
    }

    [Theory]
    [InlineData("session lease 5m, then deleted", "--lease", "5m", "--orphan", "delete")]
    [InlineData("session lease 1500ms, then paused", "--lease", "1500ms", "--orphan", "pause")]
    [InlineData("session lease 24h, then kept", "--lease", "24h")]
    [InlineData("session lease 1m, then paused", "--orphan", "pause")]
    [InlineData("session lease forever", "--lease", "forever")]
    public async Task Lease_is_what_the_options_say(string line, params string[] options)
    {
        await using var server = await TestServer.StartAsync();

        (await server.ItsctlAsync(["vm", "create", "leased", .. options])).Succeeded();

        Assert.Contains(line, (await server.ItsctlAsync("vm", "show", "leased")).Succeeded().Lines);
    }

    [Theory]
    [InlineData("90")]
    [InlineData("5 minutes")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("")]
    public async Task What_is_no_duration_is_no_lease(string lease)
    {
        var run = await ItsctlRun.OfAsync(["vm", "create", "--lease", lease]);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains("500ms, 90s, 5m, 24h or forever", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("25h")]
    public async Task Lease_that_the_service_does_not_give_is_refused_with_its_range(string lease)
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("vm", "create", "--lease", lease);

        Assert.Contains("86400000", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Number_of_INTIDs_is_set_at_creation_or_by_its_attribute()
    {
        await using var server = await TestServer.StartAsync();
        (await server.ItsctlAsync("vm", "create", "small", "--int-ids", "64")).Succeeded();
        (await server.ItsctlAsync("vm", "create", "as-kvm", "--awaits-init")).Succeeded();

        (await server.ItsctlAsync("attr", "set", "gic", "NR_IRQS", "128", "--vm", "as-kvm")).Succeeded();
        var small = await server.ItsctlAsync("attr", "get", "gic", "nr_irqs", "--vm", "small");
        var asKvm = await server.ItsctlAsync("attr", "get", "gic", "NR_IRQS", "--vm", "as-kvm");

        Assert.Equal(["NR_IRQS 0x40"], small.Succeeded().Lines);
        Assert.Equal(["NR_IRQS 0x80"], asKvm.Succeeded().Lines);
    }

    [Fact]
    public async Task Shown_memory_says_whose_it_is()
    {
        await using var server = await TestServer.StartAsync();
        (await server.ItsctlAsync(
            "vm", "create", "guest", "--ram", "0x40000000:1G:remote", "--ram", "0x80000000:64K:ro")).Succeeded();

        var lines = (await server.ItsctlAsync("vm", "show", "guest")).Succeeded().Lines;

        Assert.Contains("RAM 0x40000000, 1G, remote", lines);
        Assert.Contains("RAM 0x80000000, 64K, read-only", lines);
    }

    [Fact]
    public async Task Service_chooses_a_name_when_none_is_given()
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("vm", "create");

        Assert.Equal(Assert.Single(await server.ListVmsAsync()).Name, Assert.Single(run.Succeeded().Lines));
    }

    [Fact]
    public async Task Shown_VM_is_described_line_by_line()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest-7");
        await Guest.SignalAsync(vm, 1);
        var uid = Assert.Single(await server.ListVmsAsync()).Uid;

        var run = await server.ItsctlAsync("vm", "show", "guest-7");

        Assert.Equal(
            [
                "name vms/guest-7",
                $"uid {uid}",
                "state running",
                "profile kvm",
                "command errors continue",
                "vCPUs 2, with an interrupt to take: 1",
                "GICD 0x8000000",
                "GICR 0x80a0000, 2 redistributors",
                "GITS 0x8080000, doorbell 0x8090040",
                "RAM 0x40000000, 1M",
                "session lease 1m, then kept",
            ],
            run.Succeeded().Lines);
    }

    [Fact]
    public async Task VM_that_waits_for_INIT_says_so_until_it_came()
    {
        await using var server = await TestServer.StartAsync();
        (await server.ItsctlAsync("vm", "create", "as-kvm", "--awaits-init")).Succeeded();

        var waiting = (await server.ItsctlAsync("vm", "show", "as-kvm")).Succeeded().Lines;
        var refused = await server.ItsctlAsync("vm", "resume", "as-kvm");
        (await server.ItsctlAsync("attr", "set", "gic", "INIT", "--vm", "vms/as-kvm")).Succeeded();
        var shown = (await server.ItsctlAsync("vm", "show", "as-kvm")).Succeeded().Lines;

        Assert.Contains("state paused", waiting);
        Assert.Contains("waits for INIT (itsctl attr set gic INIT --vm vms/as-kvm)", waiting);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("waits for INIT", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(shown, line => line.StartsWith("waits for", StringComparison.Ordinal));
        (await server.ItsctlAsync("vm", "resume", "as-kvm")).Succeeded();
    }

    [Fact]
    public async Task Listed_VMs_stand_in_a_table_by_name()
    {
        await using var server = await TestServer.StartAsync();
        await server.ItsctlAsync("vm", "create", "b", "--profile", "qemu");
        await server.ItsctlAsync("vm", "create", "a", "--paused");

        var run = await server.ItsctlAsync("vm", "list");

        var rows = run.Succeeded().Lines
            .Where(line => line.Contains("vms/", StringComparison.Ordinal))
            .Select(line => string.Join(' ', line.Split('│', StringSplitOptions.TrimEntries)[1..4]));
        Assert.Equal(["vms/a paused kvm", "vms/b running qemu"], rows);
    }

    [Fact]
    public async Task Every_verb_prints_JSON_when_it_is_asked_for()
    {
        await using var server = await TestServer.StartAsync();

        var created = (await server.ItsctlAsync("vm", "create", "guest-7", "--json")).Succeeded().Json;
        var listed = (await server.ItsctlAsync("vm", "list", "--json")).Succeeded().Json;
        var shown = (await server.ItsctlAsync("vm", "show", "guest-7", "--json")).Succeeded().Json;
        var paused = (await server.ItsctlAsync("vm", "pause", "guest-7", "--json")).Succeeded().Json;
        var resumed = (await server.ItsctlAsync("vm", "resume", "guest-7", "--json")).Succeeded().Json;
        var deleted = (await server.ItsctlAsync("vm", "delete", "guest-7", "--json")).Succeeded().Json;
        var none = (await server.ItsctlAsync("vm", "list", "--json")).Succeeded().Json;

        Assert.Equal("vms/guest-7", created.GetProperty("name").GetString());
        Assert.Equal("vms/guest-7", listed.GetProperty("vms")[0].GetProperty("name").GetString());
        Assert.Equal(1, shown.GetProperty("spec").GetProperty("vcpus").GetArrayLength());
        Assert.Equal("VM_STATE_RUNNING", shown.GetProperty("state").GetString());
        Assert.Equal("VM_STATE_PAUSED", paused.GetProperty("state").GetString());
        Assert.Equal("VM_STATE_RUNNING", resumed.GetProperty("state").GetString());
        Assert.Equal("vms/guest-7", deleted.GetProperty("deleted").GetString());
        Assert.Equal(0, none.GetProperty("vms").GetArrayLength());
    }

    private static Task<Vm> DescribeAsync(TestServer server, string id) =>
        server.Client.Vm(id).DescribeAsync(TestContext.Current.CancellationToken).WithinLimit();
}
