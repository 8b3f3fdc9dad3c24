using System.Text.Json;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Protocol.V1;
using ItsService.Server.Machines;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Cli.Tests.Verbs;

public sealed class TraceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_are_printed_as_they_come_one_to_a_line()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var tracing = server.ItsctlAsync("trace", "--vm", "guest", "--count", "7");
        await UntilTracedAsync(server);
        await Guest.SignalAsync(vm, 1);
        await Guest.SignalAsync(vm, 3);
        await Guest.AcknowledgeAsync(vm, 1);
        await vm.WriteSystemRegisterAsync(
            new VcpuIndex(1), SystemRegisterId.IccEoir1, Guest.Lpi + 1, Cancellation).WithinLimit();
        await vm.PauseAsync(Cancellation).WithinLimit();
        var lines = (await tracing).Succeeded().Lines;

        const string Time = @"^\d\d:\d\d:\d\d\.\d{6} ";
        Assert.Equal("tracing vms/guest; Ctrl-C ends it", lines[0]);
        string[] expected =
        [
            "#1 msi ITS 0: event 1 of device 0x28: LPI 8193 is pending at vCPU 1",
            "#2 line vCPU 1: IRQ asserted, FIQ deasserted, generation 1",
            "#3 msi ITS 0: the message for event 3 of device 0x28 was dropped: no MAPTI has mapped the event",
            "#4 acknowledge vCPU 1 takes INTID 8193, priority 0xB0, Group 1",
            "#5 line vCPU 1: IRQ deasserted, FIQ deasserted, generation 2",
            "#6 end vCPU 1 ends INTID 8193, Group 1",
            "#7 vm the VM is paused",
        ];
        Assert.Equal(expected.Length + 2, lines.Count);
        Assert.All(expected.Zip(lines.Skip(1)), pair => Assert.Matches($"{Time}{pair.First}$", pair.Second));
        Assert.Equal("trace: 7 events, 0 dropped", lines[^1]);
    }

    [Fact]
    public async Task Columns_are_aligned()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var tracing = server.ItsctlAsync("trace", "--count", "3", "--kind", "msi,acknowledge");
        await UntilTracedAsync(server);
        await Guest.SignalAsync(vm, 1);
        await Guest.AcknowledgeAsync(vm, 1);
        await Guest.SignalAsync(vm, 0);
        var lines = (await tracing).Succeeded().Output.Split('\n');

        Assert.All(lines[1..4], line => Assert.Equal('#', line[16]));
        Assert.Equal(
            ["msi         ITS 0:", "acknowledge vCPU 1", "msi         ITS 0:"],
            lines[1..4].Select(line => line[25..43]));
    }

    [Fact]
    public async Task Filters_are_numbers_and_names_with_commas_or_again_and_again()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var tracing = server.ItsctlAsync(
            "trace", "--kind", "msi", "--kind", "line,end", "--device", "0x28,41", "--event", "1", "--event", "0x5",
            "--int-id", "8193", "--vcpu", "0,1", "--its", "0", "--count", "1");
        await UntilTracedAsync(server);
        await Guest.SignalAsync(vm, 3);
        await Guest.SignalAsync(vm, 0);
        await Guest.SignalAsync(vm, 1);
        var lines = (await tracing).Succeeded().Lines;

        Assert.Contains(" #4 msi ITS 0: event 1 of device 0x28", lines[1], StringComparison.Ordinal);
        Assert.Equal(3, lines.Count);
    }

    [Fact]
    public async Task Commands_are_printed_with_their_error_and_registers_with_their_values()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var tracing = server.ItsctlAsync("trace", "--count", "3");
        await UntilTracedAsync(server);
        await vm.WriteRegisterAsync(RegisterPlace.Named("GITS_CWRITER"), 0xC0, Cancellation).WithinLimit();
        await vm.WriteSystemRegisterAsync(new VcpuIndex(0), SystemRegisterId.IccPmr, 0, Cancellation).WithinLimit();
        await vm.SetLevelsAsync([new LineLevel { IntId = 40, Asserted = true }], Cancellation).WithinLimit();
        var lines = (await tracing).Succeeded().Lines;

        Assert.EndsWith(
            "command ITS 0 +0x000a0: 0x00 is the opcode of no command that this ITS has [UNKNOWN_OPCODE 0xff000001]",
            lines[1],
            StringComparison.Ordinal);
        Assert.EndsWith(
            "switch ICC_PMR_EL1 0xf0 -> 0x0: vCPU 0 takes no interrupt", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("level INTID 40: the device's line is high", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_one_object_to_a_line_and_the_last_has_the_totals()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var tracing = server.ItsctlAsync("trace", "--json", "--count", "2");
        await UntilTracedAsync(server);
        await Guest.SignalAsync(vm, 1);
        var objects = (await tracing).Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(3, objects.Count);
        Assert.Equal(
            ("1", "TRACE_EVENT_KIND_MSI", 1u, 8193u, "MSI_OUTCOME_PENDED"),
            (objects[0].GetProperty("sequence").GetString(), objects[0].GetProperty("kind").GetString(),
                objects[0].GetProperty("event_id").GetUInt32(), objects[0].GetProperty("int_id").GetUInt32(),
                objects[0].GetProperty("outcome").GetString()));
        Assert.True(objects[1].GetProperty("line").GetProperty("irq_asserted").GetBoolean());
        Assert.Equal(
            (2, "0"),
            (objects[2].GetProperty("event_count").GetInt32(), objects[2].GetProperty("dropped_total").GetString()));
    }

    [Fact]
    public async Task Keyboard_ends_it_well_with_the_totals()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        using var interrupt = new CancellationTokenSource();

        var tracing = server.ItsctlAsync(interrupt, "trace", "--kind", "msi");
        await UntilTracedAsync(server);
        await Guest.SignalAsync(vm, 1);
        await interrupt.CancelAsync();
        var lines = (await tracing).Succeeded().Lines;

        Assert.Matches("^trace: [01] events?, 0 dropped$", lines[^1]);
    }

    [Fact]
    public async Task Time_ends_it_well_with_the_totals()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var brief = (await server.ItsctlAsync("trace", "--for", "50ms")).Succeeded().Lines;
        var second = (await server.ItsctlAsync("trace", "--for", "1")).Succeeded().Lines;

        Assert.Equal(["tracing vms/guest; Ctrl-C ends it", "trace: 0 events, 0 dropped"], brief);
        Assert.Equal(brief, second);
    }

    [Fact]
    public async Task Deletion_of_the_VM_ends_it_with_the_totals_and_the_reason()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var tracing = server.ItsctlAsync("trace");
        await UntilTracedAsync(server);
        await Guest.SignalAsync(vm, 3);
        await vm.DeleteAsync(Cancellation).WithinLimit();
        var run = await tracing;

        Assert.Equal(ItsService.Cli.ExitCode.Refused, run.ExitCode);
        Assert.Equal("trace: 1 event, 0 dropped", run.Lines[^1]);
        Assert.Contains("'vms/guest' was deleted", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_dropped_has_a_line_where_it_is_missing()
    {
        using var output = new StringWriter();
        var report = new Cli.Output.TraceReport(output, printsJson: false, "vms/guest", countMax: 10);
        using var json = new StringWriter();
        var jsonReport = new Cli.Output.TraceReport(json, printsJson: true, "vms/guest", countMax: 10);
        var news = new TraceResponse { DroppedCount = 5, DroppedTotal = 12 };

        foreach (var each in new[] { report, jsonReport })
        {
            each.Write(new TraceResponse());
            each.Write(news);
            each.WriteTotals();
        }

        Assert.Equal(
            [
                "tracing vms/guest; Ctrl-C ends it",
                "--- 5 events dropped here, 12 in all: this does not read fast enough, and a filter leaves less to "
                    + "read; or one entry into the VM had more than 65536",
                "trace: 0 events, 12 dropped",
            ],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        var lines = json.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("5", JsonDocument.Parse(lines[0]).RootElement.GetProperty("dropped_count").GetString());
        Assert.Equal("12", JsonDocument.Parse(lines[1]).RootElement.GetProperty("dropped_total").GetString());
        await Task.CompletedTask;
    }

    [Fact]
    public async Task What_one_entry_did_beyond_its_bound_is_not_laid_to_the_reader_alone()
    {
        const int RecordCount = 70_000;
        const int Bound = 65_536;
        await using var server = await TestServer.StartAsync(
            options => options.Limits.MsiBatchRecordsMax = RecordCount);
        var vm = await Guest.BootAsync(server.Client, "guest");

        // Of all this one message passes the filter: the reader has nothing to be late with.
        var tracing = server.ItsctlAsync("trace", "--event", "1", "--count", "1");
        await UntilTracedAsync(server);
        await using (var stream = await vm.InjectMsisAsync(cancellationToken: Cancellation).WithinLimit())
        {
            var records = Enumerable.Repeat(new MsiRecord(Guest.Device, new EventId(0)), RecordCount - 1);
            await stream.SendAsync(
                new ItsIndex(0), new[] { new MsiRecord(Guest.Device, new EventId(1)) }.Concat(records).ToArray(),
                Cancellation);
            await stream.CompleteAsync().WithinLimit();
        }

        var lines = (await tracing).Succeeded().Lines;

        // The lines of two vCPUs are raised as well.
        Assert.Matches(
            $"^--- {RecordCount + 2 - Bound} events dropped here, .*; or one entry into the VM had more than {Bound}$",
            lines[1]);
    }

    [Theory]
    [InlineData("--kind", "msi,irq", "'irq' is no kind of event: there are msi, command, lpi, acknowledge, end")]
    [InlineData("--kind", "", "'' is no kind of event")]
    [InlineData("--device", "0x1_0000_0000", "'0x1_0000_0000' is no number between 0 and 0xffffffff")]
    [InlineData("--event", "one", "'one' is no number")]
    [InlineData("--int-id", "8192,", "'' is no number")]
    [InlineData("--count", "0", "'0' is no number between 1")]
    [InlineData("--for", "soon", "'soon' is no time of at most a day")]
    [InlineData("--for", "0", "'0' is no time")]
    [InlineData("--for", "25h", "'25h' is no time")]
    public async Task Value_that_is_none_is_told_with_what_is_accepted(string option, string value, string told)
    {
        var run = await ItsctlRun.OfAsync(["trace", option, value]);

        Assert.Equal((ItsService.Cli.ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("itsctl: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vcpu_that_is_not_there_is_refused_by_the_service()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var sentence = (await server.ItsctlAsync("trace", "--vcpu", "9")).FailedWith(ItsService.Cli.ExitCode.Refused);

        Assert.Contains("vcpus[0]: there is no vCPU 9; accepted: 0..1", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_library_tells_events_until_it_is_cancelled()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var filters = new TraceFilters { Devices = [Guest.Device], IntIds = [new IntId(Guest.Lpi)] };
        var told = new List<TraceEvent>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var news in vm.TraceAsync(filters, end.Token))
            {
                told.AddRange(news.Events);
                await Guest.SignalAsync(vm, 1);
                await Guest.SignalAsync(vm, 0);
                if (told.Count > 0)
                {
                    await end.CancelAsync();
                }
            }
        }).WithinLimit();

        Assert.Equal((0u, Guest.Lpi), (told[0].EventId, told[0].IntId));
    }

    /// <summary>The service has taken the call, behind which nothing is missed.</summary>
    private static async Task UntilTracedAsync(TestServer server)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        var host = server.Services.GetRequiredService<VmRegistry>().Find("vms/guest", "");
        while (await host.InspectAsync<CountTracers, int>(default, Cancellation) == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "nobody traces the VM");
            await Task.Delay(1, Cancellation);
        }
    }

    private readonly struct CountTracers : IVmOperation<int>
    {
        public int Run(VmContent vm) => vm.Traces.Count;
    }
}
