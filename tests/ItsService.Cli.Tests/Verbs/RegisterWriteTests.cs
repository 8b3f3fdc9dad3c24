using ItsService.Cli.Input;
using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

public sealed class RegisterWriteTests
{
    [Theory]
    [InlineData("GITS_CBASER", "0x9800000040010000", "GITS_CBASER")]
    [InlineData("gits+0x80", "0x9800000040010000", "GITS_CBASER")]
    [InlineData("0x8080080", "0x9800000040010000", "GITS_CBASER")]
    [InlineData("GICR_PENDBASER@1", "1073807744", "gicr1+0x78")]
    [InlineData("gicr1+0x78", "0x4001_0180", "GICR_PENDBASER@1")]
    [InlineData("ICC_PMR_EL1@1", "0xf0", "ICC_PMR_EL1@1")]
    public async Task Value_that_was_written_is_read_back(string register, string value, string sameRegister)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");
        Assert.True(Number.TryParse(value, out var number));

        var write = await server.ItsctlAsync("reg", "write", register, value);
        var read = await server.ItsctlAsync("reg", "read", sameRegister);

        Assert.Equal([$"{register} written: 0x{number:x}"], write.Succeeded().Lines);
        Assert.EndsWith($" 0x{number:x}", read.Succeeded().Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_of_a_register_is_written_without_the_other()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        (await server.ItsctlAsync("reg", "write", "gits+0x84", "0x98000000")).Succeeded();
        (await server.ItsctlAsync("reg", "write", "GITS_CBASER", "0x40010000", "--size", "4")).Succeeded();

        var run = await server.ItsctlAsync("reg", "read", "GITS_CBASER");
        Assert.Equal("GITS_CBASER 0x9800000040010000", run.Succeeded().Lines[0]);
    }

    [Fact]
    public async Task Line_that_changed_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        (await server.ItsctlAsync("reg", "write", "ICC_PMR_EL1", "0", "--vcpu", "1")).Succeeded();
        await Guest.SignalAsync(vm, 1);

        var opened = await server.ItsctlAsync("reg", "write", "ICC_PMR_EL1", "0xf0", "--vcpu", "1");
        var closed = await server.ItsctlAsync("reg", "write", "ICC_PMR_EL1@1", "0", "--json");

        Assert.Equal(
            ["ICC_PMR_EL1 written: 0xf0", "vCPU 1: IRQ asserted, FIQ deasserted now"], opened.Succeeded().Lines);
        var json = closed.Succeeded().Json;
        Assert.Equal("0x0", json.GetProperty("value").GetString());
        var line = Assert.Single(json.GetProperty("changed_lines").EnumerateArray());
        Assert.Equal((1, false), (line.GetProperty("vcpu").GetInt32(), line.GetProperty("irq_asserted").GetBoolean()));
    }

    [Fact]
    public async Task Value_that_is_too_wide_is_refused_and_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");
        var before = await server.ItsctlAsync("reg", "read", "GICD_CTLR");

        var run = await server.ItsctlAsync("reg", "write", "GICD_CTLR", "0x100000002");

        Assert.Contains("does not fit in 4 bytes", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        Assert.Equal(before.Output, (await server.ItsctlAsync("reg", "read", "GICD_CTLR")).Succeeded().Output);
    }
}
