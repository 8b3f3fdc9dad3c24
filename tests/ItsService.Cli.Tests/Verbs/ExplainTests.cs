using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Tests.Verbs;

public sealed class ExplainTests
{
    [Fact]
    public async Task Missing_inv_is_told_with_the_way_and_with_what_happened()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await BootAsync(server);
        await ForgetInvAsync(vm);

        var lines = (await server.ItsctlAsync("explain", "--device", "0x28", "--event", "1")).Succeeded().Lines;

        Assert.Equal(
            [
                "vms/guest: event 1 of device 0x28, INTID 8193",
                "ok VM Running",
                "ok ITS 0 enabled; queue valid, read to 0xc0, written to 0xc0",
                "ok device 0x28 ITT at 0x40070000, 5 EventID bits, 2 events mapped",
                "flat device table at 0x40040000, entry at 0x40040140",
                "ok event 1 LPI 8193, collection 1; entry at 0x40070008",
                "ok collection 1 vCPU 1",
                "ok redistributor 1 LPIs enabled, 16 INTID bits; pending (1 in all)",
                "affinity 0x1, GICR_PROPBASER 0x40010000, GICR_PENDBASER 0x40030000",
                "NO configuration in force: disabled, priority 0xb0",
                "in memory: enabled, priority 0xb0 at 0x40010001 <- differs",
                "ok CPU interface 1 priority 0xb0, let through below 0xf0: ICC_PMR 0xf0, running 0xff, ICC_BPR0 2, "
                + "ICC_BPR1 3",
                "group 1; enabled by GICD_CTLR: 1, by ICC_IGRPEN: 1",
                "nothing pending that is enabled; IRQ low, FIQ low, generation 0",
                "Why: InvalidateMissing",
                "LPI 8193 is pending at vCPU 1, but disabled in the configuration that the controller goes by; the",
                "guest has changed the byte at 0x40010001 to enabled but not issued INV for event 1 of device 0x28,",
                "or INVALL for its collection: it must",
                "What touched this mapping last:",
            ],
            lines.SkipLast(4));
        Assert.All(lines.TakeLast(4), line => Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ [A-Z]", line));
        Assert.Equal(
            [
                "MAPD maps device 0x28 with 5 EventID bits and its ITT at 0x40070000",
                "MAPC maps collection 1 to RDbase 0x1",
                "MAPTI maps event 1 of device 0x28 to LPI 8193 in collection 1",
                "INV has the configuration of event 1 of device 0x28 read anew",
            ],
            lines.TakeLast(4).Select(line => line[21..]));
    }

    [Fact]
    public async Task Json_is_the_answer_of_the_service()
    {
        await using var server = await TestServer.StartAsync();
        await BootAsync(server);

        var json = (await server.ItsctlAsync("explain", "--vm", "guest", "--int-id", "0x2000", "--json"))
            .Succeeded().Json;

        Assert.Equal("NON_DELIVERY_NEVER_SENT", json.GetProperty("reason").GetString());
        Assert.True(json.GetProperty("configuration").GetProperty("passes").GetBoolean());
        Assert.Equal(0x28, json.GetProperty("mappings")[0].GetProperty("device_id").GetInt32());
    }

    [Fact]
    public async Task Paused_vm_is_told_with_what_holds_the_interrupt_up_besides()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await BootAsync(server);
        await vm.PauseAsync(TestContext.Current.CancellationToken).WithinLimit();

        var lines = (await server.ItsctlAsync("explain", "--int-id", "27", "--vcpu", "1")).Succeeded().Lines;

        Assert.Equal("NO VM Paused", lines[1]);
        Assert.Contains("NO INTID 27 disabled, priority 0x00, group 0; not pending, not active", lines);
        var reasons = string.Join(' ', lines);
        Assert.Contains("Why: VmPaused the VM is Paused", reasons, StringComparison.Ordinal);
        Assert.Contains("When the VM runs: NeverSent PPI 27 of vCPU 1", reasons, StringComparison.Ordinal);
        Assert.Contains("Nothing is kept that touched this mapping.", lines);
    }

    [Fact]
    public async Task Unknown_device_is_told_what_is_mapped_next_to_it()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await BootAsync(server);
        await Guest.SignalAsync(vm, 7);

        var noDevice = (await server.ItsctlAsync("explain", "--device", "41", "--event", "0")).Succeeded().Lines;
        var noEvent = (await server.ItsctlAsync("explain", "--device", "40", "--event", "7")).Succeeded().Lines;

        Assert.Contains("NO device 0x29 not mapped", noDevice);
        Assert.Contains(noDevice, line => line.EndsWith("Mapped next to it: 0x28", StringComparison.Ordinal));
        Assert.Contains(noEvent, line => line.EndsWith("Mapped next to it: 0, 1", StringComparison.Ordinal));
        Assert.EndsWith(
            "Z ! the message for event 7 of device 0x28 was dropped: no MAPTI has mapped the event",
            noEvent[^1],
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("which interrupt? accepted: --device and --event")]
    [InlineData("which interrupt? accepted: --device and --event", "--device", "1")]
    [InlineData("which interrupt? accepted: --device and --event", "--event", "1", "--its", "0")]
    [InlineData("--int-id excludes --device", "--device", "1", "--event", "1", "--int-id", "1")]
    [InlineData("--int-id excludes --device", "--its", "1", "--int-id", "1")]
    [InlineData("--vcpu is for --int-id", "--device", "1", "--event", "1", "--vcpu", "1")]
    public async Task Wrong_question_is_a_usage_error(string sentence, params string[] options)
    {
        var run = await ItsctlRun.OfAsync(["explain", "--embedded", .. options]);

        Assert.Contains(sentence, run.FailedWith(ExitCode.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_number_is_a_usage_error()
    {
        var run = await ItsctlRun.OfAsync(["explain", "--embedded", "--device", "x", "--event", "1"]);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(
            "'x' is no number between 0 and 0xffffffff: write 17 or 0x11", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no ITS 3; accepted: 0", "--its", "3", "--device", "1", "--event", "1")]
    [InlineData("the VM has no INTID 8000; accepted: 0..255, and LPIs 8192..65535", "--int-id", "8000")]
    [InlineData("there is no vCPU 9; accepted: 0..1", "--int-id", "3", "--vcpu", "9")]
    [InlineData("INTID 8192 is not of one vCPU", "--int-id", "8192", "--vcpu", "0")]
    public async Task What_the_vm_does_not_have_is_refused_with_what_it_has(string sentence, params string[] options)
    {
        await using var server = await TestServer.StartAsync();
        await BootAsync(server);

        var run = await server.ItsctlAsync(["explain", .. options]);

        Assert.Contains(sentence, run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }

    private static Task<VmHandle> BootAsync(TestServer server) => Guest.BootAsync(server.Client, "guest");

    /// <summary>The guest disables an event's LPI by the book, and enables it by half of it.</summary>
    private static async Task ForgetInvAsync(VmHandle vm)
    {
        var configuration = new GuestAddress(Guest.Ram + 0x10001);
        var cancellation = TestContext.Current.CancellationToken;
        await vm.WriteMemoryAsync(configuration, new byte[] { 0xB0 }, cancellation).WithinLimit();
        await vm.Commands(new ItsIndex(0)).Inv(Guest.Device, new EventId(1)).SubmitAsync(cancellation).WithinLimit();
        await Guest.SignalAsync(vm, 1);
        await vm.WriteMemoryAsync(configuration, new byte[] { 0xB1 }, cancellation).WithinLimit();
    }
}
