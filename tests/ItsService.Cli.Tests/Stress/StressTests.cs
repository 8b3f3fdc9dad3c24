using System.Globalization;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Stress;

/// <summary>`itsctl stress`, as it is run.</summary>
public sealed class StressTests
{
    private const ulong IdlePriority = 0xFF;
    private static readonly VcpuIndex Vcpu = new(0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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
        Assert.Equal(pended, report.GetProperty("inject_to_acknowledge_ns").GetProperty("count").GetInt64());
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

    [Theory]
    [InlineData("unary", "Interrupts/SignalMsi")]
    [InlineData("stream", "Interrupts/InjectMsis")]
    public async Task Interrupt_that_nobody_has_sent_leaves_the_account_open(string path, string method)
    {
        await using var server = await TestServer.StartAsync();
        server.Arriving.BeforeNext("its.v1." + method, async () => await SignalAsync(await VmAsync(server)));

        var run = await server.ItsctlAsync("stress", "-e", "1", "-i", "5", "--path", path, "--no-coalesce");

        Assert.Equal((ExitCode.CheckFailed, "account NOT closed"), (run.ExitCode, run.Lines[^1]));
        var pended = int.Parse(run.Lines[2].Split(' ')[^1], CultureInfo.InvariantCulture);
        Assert.Contains($"account {pended} were pended, and {pended + 1} acknowledged", run.Lines);
    }

    [Fact]
    public async Task Interrupt_that_is_lost_leaves_the_account_open()
    {
        await using var server = await TestServer.StartAsync();
        server.Arriving.BeforeNext(
            "its.v1.Interrupts/SignalMsi",
            () =>
            {
                // The next one is the taker's, who has been told of the line.
                server.Arriving.BeforeNext(
                    "its.v1.Registers/Batch", async () => await TakeAsync(await VmAsync(server)));
                return Task.CompletedTask;
            });

        var run = await server.ItsctlAsync("stress", "-e", "1", "-i", "1");

        Assert.Equal((ExitCode.CheckFailed, "account NOT closed"), (run.ExitCode, run.Lines[^1]));
        Assert.Contains("account 1 were pended, and 0 acknowledged", run.Lines);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Last_interrupt_is_ended_too()
    {
        await using var server = await TestServer.StartAsync();
        var priority = 0ul;
        server.Arriving.BeforeNext(
            "its.v1.VirtualMachines/DeleteVm",
            async () => priority = (await (await VmAsync(server)).ReadSystemRegisterAsync(
                Vcpu, SystemRegisterId.Named("ICC_RPR_EL1"), Cancellation)).Value);

        (await server.ItsctlAsync("stress", "-e", "3", "-i", "7")).Succeeded();

        Assert.Equal(IdlePriority, priority);
    }

    [Theory]
    [InlineData("WatchVcpus")]
    [InlineData("InjectMsis")]
    public async Task Stream_that_breaks_ends_the_run_with_its_error(string method)
    {
        await using var server = await TestServer.StartAsync();
        server.Arriving.AbortNext($"its.v1.Interrupts/{method}");

        // It would last for days.
        var run = await server.ItsctlAsync(
            "stress", "-v", "2", "-d", "2", "-e", "1", "-i", "2000000000", "--path", "stream");

        run.FailedWith(ExitCode.Unreachable);
        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Taker_that_is_refused_ends_the_run_with_its_error()
    {
        await using var server = await TestServer.StartAsync();
        server.Arriving.BeforeNext(
            "its.v1.Interrupts/WatchVcpus",
            async () => await (await VmAsync(server)).DeleteAsync(Cancellation));

        var run = await server.ItsctlAsync("stress", "-e", "1", "-i", "2000000000");

        Assert.Contains("vms/", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
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
    [InlineData("-v", "0", "between 1 and 512:")]
    [InlineData("-v", "513", "between 1 and 512:")]
    [InlineData("-d", "65537", "between 1 and 65536:")]
    [InlineData("-e", "0x10001", "between 1 and 65536:")]
    [InlineData("-i", "many", "between 1 and 2147483647:")]
    [InlineData("--path", "ring", "'unary' 'stream' 'core'")]
    public async Task What_is_no_number_of_them_is_a_usage_error(string option, string value, string accepted)
    {
        var run = await ItsctlRun.OfAsync(["stress", option, value]);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains($"'{value}'", run.Error, StringComparison.Ordinal);
        Assert.StartsWith($"itsctl: {option}: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(accepted, run.Error, StringComparison.Ordinal);
    }

    // The one of the run that is under way.
    private static async Task<VmHandle> VmAsync(TestServer server) =>
        server.Client.Vm((await server.ListVmsAsync()).Single().Name);

    private static Task<SignalMsiResponse> SignalAsync(VmHandle vm) =>
        vm.SignalMsiAsync(new ItsIndex(0), new DeviceId(0), new EventId(0), Cancellation);

    // Somebody else takes the interrupt, and ends it.
    private static async Task TakeAsync(VmHandle vm)
    {
        var taken = await vm.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, Cancellation);
        await vm.WriteSystemRegisterAsync(Vcpu, SystemRegisterId.IccEoir1, taken.Value, Cancellation);
    }
}
