using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Stress;

/// <summary>`itsctl stress`, as it is run.</summary>
public sealed class StressTests
{
    [Theory]
    [InlineData("unary")]
    [InlineData("stream")]
    [InlineData("core")]
    public async Task Account_closes_on_each_path(string path)
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync(
            "stress", "-v", "4", "-d", "3", "-e", "5", "-i", "20", "--path", path, "--json");

        var report = run.Succeeded().Json;
        Assert.True(report.GetProperty("account_closed").GetBoolean());
        Assert.Equal(300, report.GetProperty("sent").GetInt64());
        var pended = report.GetProperty("pended").GetInt64();
        Assert.InRange(pended, 15, 300);
        Assert.Equal(pended, report.GetProperty("acknowledged").GetInt64());
        Assert.Equal(300 - pended, report.GetProperty("coalesced").GetInt64());
        Assert.Equal(pended, report.GetProperty("inject_to_pending_ns").GetProperty("count").GetInt64());
        Assert.Empty(await server.ListVmsAsync());
    }

    [Theory]
    [InlineData("unary")]
    [InlineData("stream")]
    [InlineData("core")]
    public async Task Each_message_is_an_interrupt_of_its_own_where_none_may_coalesce(string path)
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync(
            "stress", "-v", "3", "-d", "2", "-e", "4", "-i", "10", "--path", path, "--no-coalesce");

        var lines = run.Succeeded().Lines;
        Assert.Equal(
            $"{path}: 3 vCPUs, 2 devices, 4 events, 10 iterations, one outstanding for each event", lines[0]);
        Assert.StartsWith("sent 80 in ", lines[1], StringComparison.Ordinal);
        Assert.Equal(["pended 80", "coalesced 0", "dropped 0"], lines.Skip(2).Take(3));
        Assert.StartsWith("acknowledged 80 in ", lines[5], StringComparison.Ordinal);
        Assert.Matches(@"^inject→pending p50 \S+ (ns|µs|ms) p99 .* p99\.9 .* max ", lines[6]);
        Assert.Matches(@"^inject→acknowledge p50 ", lines[7]);
        Assert.Equal("account closed", lines[^1]);
    }

    [Fact]
    public async Task More_LPIs_than_a_VM_has_are_refused_with_their_number()
    {
        var run = await ItsctlRun.OfAsync(["stress", "-d", "600", "-e", "100"]);

        Assert.Contains(
            "60000 LPIs: a VM has 57344", run.FailedWith(ExitCode.Usage), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_vCPUs_than_the_service_gives_are_refused_by_it()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.VcpusPerVmMax = 8);

        var run = await server.ItsctlAsync("stress", "-v", "9");

        Assert.Contains("1..8", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Theory]
    [InlineData("-v", "0")]
    [InlineData("-v", "513")]
    [InlineData("-i", "many")]
    [InlineData("--path", "ring")]
    public async Task What_is_no_number_of_them_is_a_usage_error(string option, string value)
    {
        var run = await ItsctlRun.OfAsync(["stress", option, value]);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(value, run.Error, StringComparison.Ordinal);
    }
}
