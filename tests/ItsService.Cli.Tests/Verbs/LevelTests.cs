using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Tests.Verbs;

public sealed class LevelTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Levels_are_set_and_the_lines_that_changed_are_told()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await BootAsync(server);

        var raised = await server.ItsctlAsync("level", "40=high", "27@1=1", "41=low");
        var lowered = await server.ItsctlAsync("level", "0x28=0", "--vm", "guest");

        Assert.Equal(
            [
                "vms/guest: 40=high 27@1=high 41=low",
                "vCPU 0: IRQ asserted, FIQ deasserted now",
                "vCPU 1: IRQ asserted, FIQ deasserted now",
            ],
            raised.Succeeded().Lines);
        Assert.Equal(
            ["vms/guest: 40=low", "vCPU 0: IRQ deasserted, FIQ deasserted now"], lowered.Succeeded().Lines);
        Assert.Equal(27UL, await Guest.AcknowledgeAsync(vm, 1));
    }

    [Fact]
    public async Task Levels_are_told_as_JSON_too()
    {
        await using var server = await TestServer.StartAsync();
        await BootAsync(server);

        var json = (await server.ItsctlAsync("level", "27@1=high", "40=low", "--json")).Succeeded().Json;

        Assert.Equal("vms/guest", json.GetProperty("vm").GetString());
        var levels = json.GetProperty("levels").EnumerateArray().Select(
            level => (level.GetProperty("int_id").GetInt32(), level.GetProperty("vcpu").ToString(),
                level.GetProperty("asserted").GetBoolean()));
        Assert.Equal([(27, "1", true), (40, "", false)], levels);
        var line = Assert.Single(json.GetProperty("changed_lines").EnumerateArray());
        Assert.Equal((1, true), (line.GetProperty("vcpu").GetInt32(), line.GetProperty("irq_asserted").GetBoolean()));
    }

    [Theory]
    [InlineData("40")]
    [InlineData("40=")]
    [InlineData("40=up")]
    [InlineData("=high")]
    [InlineData("40@=high")]
    [InlineData("27@x=low")]
    [InlineData("-1=high")]
    [InlineData("4294967296=high")]
    public async Task What_is_no_level_is_a_usage_error(string text)
    {
        var run = await ItsctlRun.OfAsync(["level", text]);

        var sentence = run.FailedWith(ExitCode.Usage);
        Assert.Contains(text, sentence, StringComparison.Ordinal);
        Assert.Contains("INTID[@VCPU]=high|low", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_that_the_VM_lacks_is_refused_with_those_there_are()
    {
        await using var server = await TestServer.StartAsync();
        await BootAsync(server);

        var run = await server.ItsctlAsync("level", "40=high", "300=high");

        Assert.Contains("32..255 for an SPI", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }

    /// <summary>A guest that takes SPIs on vCPU 0 and PPI 27 on vCPU 1.</summary>
    private static async Task<VmHandle> BootAsync(TestServer server)
    {
        var vm = await Guest.BootAsync(server.Client, "guest");
        foreach (var (register, index, value) in new (string, uint, ulong)[]
        {
            ("GICD_IGROUPR1", 0, uint.MaxValue),
            ("GICD_ISENABLER1", 0, uint.MaxValue),
            ("GICR_IGROUPR0", 1, uint.MaxValue),
            ("GICR_ISENABLER0", 1, 1 << 27),
        })
        {
            await vm.WriteRegisterAsync(RegisterPlace.Named(register, index), value, Cancellation);
        }

        return vm;
    }
}
